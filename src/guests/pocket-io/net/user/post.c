/*
 * post ADDRESS BYTES [ADDRESS BYTES ...]: sends a datagram of so many bytes to port 7 of each address. Each has come to rest before the next
 * one goes.
 * post take: takes what comes to port 7, for ever, and says nothing.
 */
#include "net.h"

PROGRAM(post);

#define PORT 7
#define MOST_BYTES 1472 /* an IP packet of 1,500 */
#define REST_MS 4	/* longer than a datagram is under way, and any refusal */

static uint8_t bytes[MOST_BYTES];

static void take(int file)
{
	bind(file, PORT);
	for (;;) {
		struct datagram datagram = { .bytes = bytes, .length = sizeof(bytes) };

		recvfrom(file, &datagram);
	}
}

static void send(int file, const char *to, uint32_t length)
{
	struct datagram datagram = { .port = PORT, .bytes = bytes, .length = length }, answer = { .timeout_ms = REST_MS };
	int result;

	if (!address_argument(to, &datagram.address) || length > MOST_BYTES) {
		print("post ADDRESS BYTES [ADDRESS BYTES ...], or post take\n");
		exit(2);
	}
	result = sendto(file, &datagram);
	if (result < 0)
		print("post: %s: %s\n", to, network_error(result));
	recvfrom(file, &answer);
}

void program_post(int argc, char **argv)
{
	int file = socket(SOCKET_UDP);

	for (uint32_t i = 0; i < MOST_BYTES; i++)
		bytes[i] = (uint8_t)('a' + i % 26);
	if (argc > 1 && !strcmp(argv[1], "take"))
		take(file);
	for (int i = 1; i + 1 < argc; i += 2)
		send(file, argv[i], number_argument(argc, argv, i + 1, 0));
	exit(0);
}
