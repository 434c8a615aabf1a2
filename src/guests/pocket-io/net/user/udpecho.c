/* udpecho [PORT [COUNT]]: sends every datagram back to who sent it; ends after COUNT of them, or never. */
#include "net.h"

PROGRAM(udpecho);

static uint8_t bytes[1500];

void program_udpecho(int argc, char **argv)
{
	uint32_t port = number_argument(argc, argv, 1, 7), count = number_argument(argc, argv, 2, 0);
	int file = socket(SOCKET_UDP), bound = bind(file, port);

	if (bound < 0) {
		print("udpecho: port %u: %s\n", port, network_error(bound));
		exit(1);
	}
	print("udpecho: at port %d\n", bound);
	for (uint32_t served = 0; !count || served < count; served++) {
		struct datagram datagram = { .bytes = bytes, .length = sizeof(bytes) };
		int length = recvfrom(file, &datagram);

		if (length < 0)
			continue;
		print("udpecho: %d bytes from " ADDRESS_FORMAT " port %u\n", length, ADDRESS_BYTES(datagram.address),
		      datagram.port);
		datagram.length = (uint32_t)length;
		sendto(file, &datagram);
	}
	exit(0);
}
