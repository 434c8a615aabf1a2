/* udpsend ADDRESS PORT TEXT...: sends a line to a port, and shows what comes back within a second. */
#include "net.h"

PROGRAM(udpsend);

#define MOST 256
static char text[MOST], answer[MOST];

/* The arguments from `first` on, with blanks between them; how long it is. */
static uint32_t join(int argc, char **argv, int first)
{
	uint32_t length = 0;

	for (int i = first; i < argc; i++) {
		if (i > first && length < MOST)
			text[length++] = ' ';
		for (const char *c = argv[i]; *c && length < MOST; c++)
			text[length++] = *c;
	}
	return length;
}

void program_udpsend(int argc, char **argv)
{
	struct datagram datagram = { .bytes = text, .port = number_argument(argc, argv, 2, 0) };
	int file = socket(SOCKET_UDP), result;

	if (argc < 4 || !address_argument(argv[1], &datagram.address) || !datagram.port) {
		print("udpsend ADDRESS PORT TEXT\n");
		exit(2);
	}
	datagram.length = join(argc, argv, 3);
	bind(file, 0);
	result = sendto(file, &datagram);
	if (result >= 0) {
		datagram = (struct datagram){ .bytes = answer, .length = MOST - 1, .timeout_ms = 1000 };
		result = recvfrom(file, &datagram);
	}
	if (result < 0) {
		print("udpsend: %s\n", network_error(result));
		exit(1);
	}
	answer[result < MOST - 1 ? result : MOST - 1] = 0;
	print("udpsend: " ADDRESS_FORMAT " says: %s\n", ADDRESS_BYTES(datagram.address), answer);
	exit(0);
}
