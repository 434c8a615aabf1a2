/* ICMP (RFC 792): answers an echo, brings an answer to who asked, sends and receives the news that nobody is there. */
#include "net.h"

/* How much of a refused packet goes back, behind its IP header (RFC 1122, 3.2.2). */
#define QUOTED 8

static void finish(struct packet *packet)
{
	uint8_t *icmp = packet_bytes(packet);

	put16(icmp + ICMP_CHECKSUM, 0);
	put16(icmp + ICMP_CHECKSUM, ~checksum_fold(checksum_add(0, icmp, packet->length)));
}

/* The question becomes the answer: all that was in it goes back. */
static void answer_echo(struct packet *packet, const struct ip_header *ip)
{
	uint8_t *icmp = packet_bytes(packet);

	icmp[ICMP_TYPE] = ICMP_ECHO_REPLY;
	finish(packet);
	ip_send(packet, ip->source, PROTOCOL_ICMP);
}

static void take_reply(struct interface *interface, struct packet *packet, const struct ip_header *ip)
{
	const uint8_t *icmp = packet_bytes(packet);
	uint32_t id = get16(icmp + ICMP_ID);

	packet->address = ip->source;
	packet->port = get16(icmp + ICMP_SEQUENCE);
	packet_pull(packet, ICMP_HEADER);
	if (!socket_deliver(SOCKET_ICMP, id, packet))
		interface->counters.receive_drops++;
}

/* Tells the socket that sent it what became of a packet of ours: `ip` is its beginning, 8 bytes behind the header at least. */
void icmp_blame(const uint8_t *ip, uint32_t length, int error)
{
	uint32_t header = length < IP_HEADER ? 0 : (ip[IP_VERSION_LENGTH] & 15u) * 4;
	const uint8_t *inner = ip + header;

	if (header < IP_HEADER || length < header + QUOTED || !is_own_address(get32(ip + IP_SOURCE)))
		return;
	if (ip[IP_PROTOCOL] == PROTOCOL_UDP)
		socket_error(SOCKET_UDP, get16(inner + UDP_SOURCE), error);
	else if (ip[IP_PROTOCOL] == PROTOCOL_ICMP && inner[ICMP_TYPE] == ICMP_ECHO)
		socket_error(SOCKET_ICMP, get16(inner + ICMP_ID), error);
}

static void take_unreachable(struct packet *packet)
{
	const uint8_t *icmp = packet_bytes(packet);
	bool port = icmp[ICMP_CODE] == ICMP_UNREACHABLE_PORT || icmp[ICMP_CODE] == ICMP_UNREACHABLE_PROTOCOL;

	icmp_blame(icmp + ICMP_HEADER, packet->length - ICMP_HEADER, port ? ECONNREFUSED : EHOSTUNREACH);
	packet_release(packet);
}

void icmp_receive(struct interface *interface, struct packet *packet, const struct ip_header *ip)
{
	const uint8_t *icmp = packet_bytes(packet);
	bool whole = packet->length >= ICMP_HEADER;

	if (whole && checksum_fold(checksum_add(0, icmp, packet->length)) != 0xffff) {
		interface->counters.bad_checksums++;
		whole = false;
	}
	if (whole && icmp[ICMP_TYPE] == ICMP_ECHO && !ip->broadcast)
		return answer_echo(packet, ip);
	if (whole && icmp[ICMP_TYPE] == ICMP_ECHO_REPLY)
		return take_reply(interface, packet, ip);
	if (whole && icmp[ICMP_TYPE] == ICMP_UNREACHABLE)
		return take_unreachable(packet);
	interface->counters.receive_drops++;
	packet_release(packet);
}

/* Sends what the packet holds as an echo with this id and sequence number; takes the packet. */
int icmp_send_echo(struct packet *packet, uint32_t destination, uint32_t id, uint32_t sequence)
{
	uint8_t *icmp = packet_push(packet, ICMP_HEADER);

	icmp[ICMP_TYPE] = ICMP_ECHO;
	icmp[ICMP_CODE] = 0;
	put16(icmp + ICMP_ID, id);
	put16(icmp + ICMP_SEQUENCE, sequence);
	finish(packet);
	return ip_send(packet, destination, PROTOCOL_ICMP);
}

/*
 * Nobody here takes it: says so, with its header and 8 bytes more, and takes the packet. Never about a broadcast: all
 * would answer at once (RFC 1122, 3.2.2).
 */
void icmp_refuse(struct packet *packet, const struct ip_header *ip, uint32_t code)
{
	uint32_t quoted = packet->length < QUOTED ? packet->length : QUOTED;
	struct packet *answer = ip->broadcast ? NULL : packet_allocate();
	uint8_t *icmp;

	if (answer) {
		packet_push(packet, ip->header_length);
		answer->length = ICMP_HEADER + ip->header_length + quoted;
		icmp = packet_bytes(answer);
		memset(icmp, 0, ICMP_HEADER);
		icmp[ICMP_TYPE] = ICMP_UNREACHABLE;
		icmp[ICMP_CODE] = (uint8_t)code;
		memcpy(icmp + ICMP_HEADER, packet_bytes(packet), ip->header_length + quoted);
		finish(answer);
		ip_send(answer, ip->source, PROTOCOL_ICMP);
	}
	packet_release(packet);
}
