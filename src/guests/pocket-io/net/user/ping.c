/* ping ADDRESS [COUNT [BYTES]]: asks a host to say what we say, and takes the time. */
#include "net.h"

#define MOST_BYTES 1472 /* an IP packet of 1,500 */
PROGRAM(ping);

static uint8_t said[MOST_BYTES], heard[MOST_BYTES];

/* Waits for the answer to number `sequence`; its length, or an error. Late answers to earlier ones are not it. */
static int await(int file, uint32_t sequence, struct datagram *answer)
{
	int length;

	do {
		*answer = (struct datagram){ .bytes = heard, .length = sizeof(heard), .timeout_ms = 1000 };
		length = recvfrom(file, answer);
	} while (length >= 0 && answer->port != sequence);
	return length;
}

/* 1 where the answer came, and is right. */
static int ask(int file, uint32_t address, uint32_t sequence, uint32_t bytes)
{
	struct datagram question = { .address = address, .port = sequence, .bytes = said, .length = bytes }, answer;
	uint32_t begin;
	int result;

	for (uint32_t i = 0; i < bytes; i++)
		said[i] = (uint8_t)(i + sequence);
	begin = time_us();
	result = sendto(file, &question);
	if (result >= 0)
		result = await(file, sequence, &answer);
	if (result < 0) {
		print("ping: " ADDRESS_FORMAT ": %s\n", ADDRESS_BYTES(address), network_error(result));
		return 0;
	}
	if ((uint32_t)result != bytes || memcmp(said, heard, bytes)) {
		print("ping: " ADDRESS_FORMAT ": said something else, %d bytes\n", ADDRESS_BYTES(answer.address), result);
		return 0;
	}
	print("ping: %d bytes from " ADDRESS_FORMAT ", number %u, %u us\n", result, ADDRESS_BYTES(answer.address), sequence,
	      (time_us() - begin) & 0x7fffffff);
	return 1;
}

void program_ping(int argc, char **argv)
{
	uint32_t address, count = number_argument(argc, argv, 2, 4), bytes = number_argument(argc, argv, 3, 56), right = 0;
	int file = socket(SOCKET_ICMP);

	if (argc < 2 || !address_argument(argv[1], &address) || bytes > MOST_BYTES) {
		print("ping ADDRESS [COUNT [BYTES]]: at most %u bytes\n", MOST_BYTES);
		exit(2);
	}
	bind(file, 0);
	for (uint32_t i = 1; i <= count; i++)
		right += (uint32_t)ask(file, address, i, bytes);
	print("ping: %u asked, %u answered\n", count, right);
	exit(right == count ? 0 : 1);
}
