/*
 * Sockets: files from which datagrams come and to which they go. What arrives waits in a short queue; when that is full,
 * what comes later is dropped and counted, because UDP promises nothing and memory is everybody's.
 */
#include "net.h"
#include "file.h"

#define SOCKETS 32
#define QUEUE_MOST 16
#define FIRST_FREE_PORT 49152
#define NETWORK_WAIT (5 * SECOND) /* how long a sender waits for an interface that is not up yet */

static struct socket {
	bool open;
	uint32_t kind, port; /* port 0: not bound */
	int error;	     /* bad news that nobody has heard yet, negated */
	struct packet_queue queue;
	uint32_t dropped;
} sockets[SOCKETS];

static uint32_t last_port = FIRST_FREE_PORT;

static struct socket *find(uint32_t kind, uint32_t port)
{
	for (struct socket *s = sockets; s < sockets + SOCKETS; s++)
		if (s->open && s->kind == kind && s->port == port && port)
			return s;
	return NULL;
}

/* --- from below ------------------------------------------------------------------------------------------------ */

bool socket_is_bound(uint32_t kind, uint32_t port)
{
	return find(kind, port) != NULL;
}

/* Takes the packet. False where nobody waits at the port, or its queue is full. */
bool socket_deliver(uint32_t kind, uint32_t port, struct packet *packet)
{
	struct socket *s = find(kind, port);

	if (!s || s->queue.count == QUEUE_MOST) {
		if (s)
			s->dropped++;
		packet_release(packet);
		return false;
	}
	queue_put(&s->queue, packet);
	wake(s);
	return true;
}

/* A frame as it came, for those who listen to all. */
void socket_deliver_frame(const struct packet *packet)
{
	for (struct socket *s = sockets; s < sockets + SOCKETS; s++) {
		struct packet *copy;

		if (!s->open || s->kind != SOCKET_FRAME || s->queue.count == QUEUE_MOST)
			continue;
		copy = packet_copy(packet);
		if (!copy)
			return;
		queue_put(&s->queue, copy);
		wake(s);
	}
}

/* What was sent from a port did not arrive. */
void socket_error(uint32_t kind, uint32_t port, int error)
{
	struct socket *s = find(kind, port);

	if (!s)
		return;
	s->error = -error;
	wake(s);
}

/* --- from above ------------------------------------------------------------------------------------------------ */

static void socket_close(struct file *file)
{
	struct socket *s = file->object;
	struct packet *packet;

	while ((packet = queue_take(&s->queue)))
		packet_release(packet);
	s->open = false;
}

static const struct file_kind socket_file = { .close = socket_close };

static struct socket *socket_of(uint32_t number)
{
	struct file *file = file_numbered((int)number);

	return file && file->kind == &socket_file ? file->object : NULL;
}

static struct socket *claim(uint32_t kind)
{
	for (struct socket *s = sockets; s < sockets + SOCKETS; s++) {
		if (s->open)
			continue;
		*s = (struct socket){ .open = true, .kind = kind };
		return s;
	}
	return NULL;
}

static int sys_socket(struct frame *frame)
{
	uint32_t kind = frame->ebx;
	struct socket *s;
	int number;

	if (kind != SOCKET_ICMP && kind != SOCKET_UDP && kind != SOCKET_FRAME)
		return -EINVAL;
	s = claim(kind);
	if (!s)
		return -ENFILE;
	number = file_give(&socket_file, s);
	if (number < 0)
		s->open = false;
	return number;
}
SYSTEM_CALL(CALL_SOCKET, sys_socket);

static uint32_t free_port(uint32_t kind)
{
	do
		last_port = last_port == 0xffff ? FIRST_FREE_PORT : last_port + 1;
	while (find(kind, last_port));
	return last_port;
}

static int socket_bind(struct socket *s, uint32_t port)
{
	if (s->kind == SOCKET_FRAME || port > 0xffff)
		return -EINVAL;
	if (port && find(s->kind, port))
		return -EADDRINUSE;
	s->port = port ? port : free_port(s->kind);
	return (int)s->port;
}

static int sys_bind(struct frame *frame)
{
	struct socket *s = socket_of(frame->ebx);

	return s ? socket_bind(s, frame->ecx) : -EBADF;
}
SYSTEM_CALL(CALL_BIND, sys_bind);

/* Waits for a way to an address; false where there is none in time. */
static bool await_network(uint32_t address)
{
	uint64_t until = system_time() + NETWORK_WAIT;
	struct interface *interface;
	uint32_t next_hop;

	do {
		interface = interface_for(address, &next_hop);
		if (interface && interface->up)
			return true;
	} while (interface_await(until));
	return false;
}

static int send_frame(struct packet *packet)
{
	struct interface *interface = interface_card();

	if (packet->length < ETHERNET_HEADER || packet->length > interface->mtu + ETHERNET_HEADER) {
		packet_release(packet);
		return -EMSGSIZE;
	}
	interface_send(interface, packet);
	return 0;
}

static int send_packet(struct socket *s, struct packet *packet, const struct datagram *to)
{
	if (s->kind == SOCKET_FRAME)
		return send_frame(packet);
	if (!s->port)
		socket_bind(s, 0);
	return s->kind == SOCKET_ICMP ? icmp_send_echo(packet, to->address, s->port, to->port)
				      : udp_send(packet, to->address, to->port, s->port);
}

static int sys_sendto(struct frame *frame)
{
	struct socket *s = socket_of(frame->ebx);
	struct datagram to;
	struct packet *packet;
	int result;

	if (!s)
		return -EBADF;
	if (!user_range(frame->ecx, sizeof(to), false))
		return -EFAULT;
	to = *(const struct datagram *)frame->ecx;
	if (!user_range((uint32_t)to.bytes, to.length, false))
		return -EFAULT;
	if (to.length > PAGE_SIZE - PACKET_ROOM)
		return -EMSGSIZE;
	if (!await_network(s->kind == SOCKET_FRAME ? 0xffffffff : to.address))
		return -ENETDOWN;
	packet = packet_allocate();
	if (!packet)
		return -ENOBUFS;
	packet->length = to.length;
	memcpy(packet_bytes(packet), to.bytes, to.length);
	result = send_packet(s, packet, &to);
	return result < 0 ? result : (int)to.length;
}
SYSTEM_CALL(CALL_SENDTO, sys_sendto);

/* Waits until there is something to be heard; 0, or an error. */
static int await_datagram(struct socket *s, uint32_t timeout_ms)
{
	uint64_t until = timeout_ms ? system_time() + timeout_ms * MILLISECOND : 0;
	int error;

	while (!s->queue.first && !s->error) {
		if (!until)
			sleep_on(s);
		else if (!sleep_until(s, until) && !s->queue.first && !s->error)
			return -ETIMEDOUT;
	}
	if (s->queue.first)
		return 0;
	error = s->error;
	s->error = 0;
	return error;
}

/* The datagram's length, of which no more than there is room for is brought. */
static int sys_recvfrom(struct frame *frame)
{
	struct socket *s = socket_of(frame->ebx);
	struct datagram *from = (struct datagram *)frame->ecx;
	struct packet *packet;
	uint32_t brought;
	int result;

	if (!s)
		return -EBADF;
	if (!user_range(frame->ecx, sizeof(*from), true) || !user_range((uint32_t)from->bytes, from->length, true))
		return -EFAULT;
	result = await_datagram(s, from->timeout_ms);
	if (result < 0)
		return result;
	packet = queue_take(&s->queue);
	brought = packet->length < from->length ? packet->length : from->length;
	memcpy(from->bytes, packet_bytes(packet), brought);
	from->address = packet->address;
	from->port = packet->port;
	result = (int)packet->length;
	packet_release(packet);
	return result;
}
SYSTEM_CALL(CALL_RECVFROM, sys_recvfrom);

static int sys_interface(struct frame *frame)
{
	struct interface *interface = interface_number(frame->ebx);
	struct interface_report *report = (struct interface_report *)frame->ecx;

	if (!interface)
		return -ENODEV;
	if (!user_range(frame->ecx, sizeof(*report), true))
		return -EFAULT;
	*report = (struct interface_report){
		.up = interface->up,
		.mode = interface->mode,
		.address = interface->address,
		.mask = interface->mask,
		.mtu = interface->mtu,
		.counters = interface->counters,
	};
	memcpy(report->mac, interface->mac, MAC_LENGTH);
	memcpy(report->name, interface->name, strlen(interface->name) + 1);
	return 0;
}
SYSTEM_CALL(CALL_INTERFACE, sys_interface);
