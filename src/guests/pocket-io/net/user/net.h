/* What the programs of the network ask the kernel for, and what several of them do. */
#pragma once
#include "net/calls-net.h"
#include "user/io.h"

/* Results below 0 are negated error numbers. */
int socket(uint32_t kind);
int bind(int socket, uint32_t port); /* 0: any that is free; the port */
int sendto(int socket, const struct datagram *datagram);
int recvfrom(int socket, struct datagram *datagram);
int interface(uint32_t number, struct interface_report *report);

int address_argument(const char *text, uint32_t *address);
uint32_t number_argument(int argc, char **argv, int place, uint32_t otherwise);
const char *network_error(int error);

#define ADDRESS_FORMAT "%d.%d.%d.%d"
#define ADDRESS_BYTES(a) (int)((a) >> 24), (int)((a) >> 16 & 255), (int)((a) >> 8 & 255), (int)((a)&255)
