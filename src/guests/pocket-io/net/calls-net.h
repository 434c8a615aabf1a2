/* The network's system calls: their numbers, and what they carry, for the kernel and for programs. */
#pragma once
#include <stdint.h>

#define CALL_SOCKET 40
#define CALL_BIND 41
#define CALL_SENDTO 42
#define CALL_RECVFROM 43
#define CALL_INTERFACE 44

/* Kinds of sockets: numbers of IP protocols, and one for whole frames as they are. */
#define SOCKET_ICMP 1
#define SOCKET_UDP 17
#define SOCKET_FRAME 256

/* Error numbers of which Xen's own list has no need */
#define ENETDOWN 100
#define EHOSTUNREACH 113

/* sendto and recvfrom: a datagram, and who is at the other end. A frame has neither address nor port. */
struct datagram {
	uint32_t address;
	uint32_t port; /* of an echo: its sequence number */
	void *bytes;
	uint32_t length;     /* for recvfrom: the room there is */
	uint32_t timeout_ms; /* for recvfrom: 0 waits without end */
};

/* What an interface has seen. */
struct interface_counters {
	uint32_t sent, sent_bytes, received, received_bytes;
	uint32_t send_drops;	/* no room to send it */
	uint32_t receive_drops; /* malformed, or not for us, or nobody takes it */
	uint32_t bad_checksums;
	uint32_t fragments;
	uint32_t queue_drops; /* a socket's queue was full */
};

struct interface_report {
	char name[8];
	uint8_t mac[6];
	uint8_t up, mode; /* mode: RECEIVE_COPY, RECEIVE_FLIP, or 0 where it is no virtual card */
	uint32_t address, mask, mtu;
	struct interface_counters counters;
};
#define RECEIVE_COPY 1
#define RECEIVE_FLIP 2
