/*
 * Packets: a page each, because a page is what can be granted, mapped and given away. Pages that a packet has had
 * stay with it for the next one, so a busy interface does not clear a page for each packet.
 */
#include "net.h"

#define PACKETS 512

static struct packet packets[PACKETS];
static struct packet *free_packets;
static uint32_t used; /* of the table, so far */

static struct packet *claim(void)
{
	struct packet *packet = free_packets;

	if (packet)
		free_packets = packet->next;
	else if (used < PACKETS)
		packet = &packets[used++];
	return packet;
}

/* An empty packet with room for headers before it; NULL where there is no memory. */
struct packet *packet_allocate(void)
{
	struct packet *packet = claim();

	if (!packet)
		return NULL;
	if (!packet->page)
		packet->page = page_allocate();
	packet->next = NULL;
	packet->start = PACKET_ROOM;
	packet->length = 0;
	if (packet->page)
		return packet;
	packet_release(packet);
	return NULL;
}

void packet_release(struct packet *packet)
{
	packet->next = free_packets;
	free_packets = packet;
}

/* Another with the same bytes; NULL where there is no memory. */
struct packet *packet_copy(const struct packet *packet)
{
	struct packet *copy = packet_allocate();

	if (!copy)
		return NULL;
	copy->start = packet->start;
	copy->length = packet->length;
	memcpy(packet_bytes(copy), packet_bytes(packet), packet->length);
	return copy;
}

uint8_t *packet_bytes(const struct packet *packet)
{
	return packet->page + packet->start;
}

/* Takes a header off. */
void packet_pull(struct packet *packet, uint32_t bytes)
{
	if (bytes > packet->length)
		panic("a header longer than its packet");
	packet->start += bytes;
	packet->length -= bytes;
}

/* Puts a header in front; where it lies. */
uint8_t *packet_push(struct packet *packet, uint32_t bytes)
{
	if (bytes > packet->start)
		panic("no room for a header");
	packet->start -= bytes;
	packet->length += bytes;
	return packet_bytes(packet);
}

void queue_put(struct packet_queue *queue, struct packet *packet)
{
	packet->next = NULL;
	if (queue->first)
		queue->last->next = packet;
	else
		queue->first = packet;
	queue->last = packet;
	queue->count++;
}

/* NULL where there is none. */
struct packet *queue_take(struct packet_queue *queue)
{
	struct packet *packet = queue->first;

	if (!packet)
		return NULL;
	queue->first = packet->next;
	queue->count--;
	packet->next = NULL;
	return packet;
}
