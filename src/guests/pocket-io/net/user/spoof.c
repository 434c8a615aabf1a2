/*
 * spoof AS ADDRESS [COUNT]: sends datagrams to port 7 of an address in the name of another, in frames of its own making
 * to all. What a neighbour's kernel would never do; a rule of the back end's stops it, where there is one.
 */
#include "net.h"
#include "net/wire.h"

PROGRAM(spoof);

#define TEXT "not me"
#define DATA (ETHERNET_HEADER + IP_HEADER + UDP_HEADER)
#define LENGTH (DATA + sizeof(TEXT) - 1)

static uint8_t frame[ETHERNET_SHORTEST];

static uint32_t sum16(const uint8_t *bytes, uint32_t length)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < length; i += 2)
		sum += get16(bytes + i);
	return (sum & 0xffff) + (sum >> 16);
}

static void write_frame(uint32_t as, uint32_t to)
{
	uint8_t *ip = frame + ETHERNET_HEADER, *udp = ip + IP_HEADER;

	memset(frame + ETHERNET_DESTINATION, 0xff, MAC_LENGTH);
	frame[ETHERNET_SOURCE] = 2;
	put16(frame + ETHERNET_TYPE, TYPE_IP);
	ip[IP_VERSION_LENGTH] = 0x45;
	put16(ip + IP_TOTAL_LENGTH, LENGTH - ETHERNET_HEADER);
	ip[IP_TTL] = 64;
	ip[IP_PROTOCOL] = PROTOCOL_UDP;
	put32(ip + IP_SOURCE, as);
	put32(ip + IP_DESTINATION, to);
	put16(ip + IP_CHECKSUM, ~sum16(ip, IP_HEADER));
	put16(udp + UDP_SOURCE, 7);
	put16(udp + UDP_DESTINATION, 7);
	put16(udp + UDP_LENGTH, LENGTH - ETHERNET_HEADER - IP_HEADER); /* and no checksum: 0 */
	memcpy(frame + DATA, TEXT, sizeof(TEXT) - 1);
}

void program_spoof(int argc, char **argv)
{
	uint32_t as, to, count = number_argument(argc, argv, 3, 1);
	struct datagram datagram = { .bytes = frame, .length = sizeof(frame) };
	int file = socket(SOCKET_FRAME), result = 0;

	if (argc < 3 || !address_argument(argv[1], &as) || !address_argument(argv[2], &to)) {
		print("spoof AS ADDRESS [COUNT]\n");
		exit(2);
	}
	write_frame(as, to);
	for (uint32_t i = 0; i < count && result >= 0; i++)
		result = sendto(file, &datagram);
	print("spoof: %s\n", result < 0 ? network_error(result) : "sent");
	exit(result < 0);
}
