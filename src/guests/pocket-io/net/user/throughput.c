/*
 * throughput receive [PORT]: takes datagrams until one says that it was the last.
 * throughput send ADDRESS [COUNT [MTU [PORT]]]: sends COUNT datagrams that fill packets of MTU bytes, and prints what
 * it took. After each burst it waits until the other end has told how many it has had: so nobody's queue overflows, and
 * what is lost on the way is counted and not repeated.
 */
#include "net.h"

PROGRAM(throughput);

#define PORT 5001
#define BURST 8
#define HEADERS 28 /* IP and UDP */
#define MOST_MTU 1500

/* What each datagram begins with. */
struct mark {
	uint32_t number;
	uint32_t asks; /* 1: answer with how many you have had; 2: that, and it was the last one */
};

static uint8_t bytes[MOST_MTU];

static void fill(uint32_t number, uint32_t length)
{
	for (uint32_t i = sizeof(struct mark); i < length; i++)
		bytes[i] = (uint8_t)(i * 7 + number);
}

static int is_as_filled(uint32_t number, uint32_t length)
{
	for (uint32_t i = sizeof(struct mark); i < length; i++)
		if (bytes[i] != (uint8_t)(i * 7 + number))
			return 0;
	return 1;
}

static uint32_t microseconds_since(uint32_t begin)
{
	return (time_us() - begin) & 0x7fffffff;
}

static void report(const char *what, uint32_t datagrams, uint32_t length, uint32_t microseconds)
{
	print("throughput: %s %u datagrams of %u bytes, %u in all, %u us, %u KB/s\n", what, datagrams, length, datagrams * length,
	      microseconds, microseconds ? datagrams * length / (microseconds / 1000 + 1) : 0);
}

static void receive(uint32_t port)
{
	int file = socket(SOCKET_UDP), bound = bind(file, port), length;
	uint32_t count = 0, wrong = 0, size = 0;
	struct mark *mark = (struct mark *)bytes;
	uint32_t begin = 0;

	if (bound < 0) {
		print("throughput: port %u: %s\n", port, network_error(bound));
		exit(1);
	}
	print("throughput: waiting at port %d\n", bound);
	for (uint32_t asks = 0; asks != 2;) {
		struct datagram datagram = { .bytes = bytes, .length = sizeof(bytes) };

		length = recvfrom(file, &datagram);
		if (length < (int)sizeof(struct mark))
			continue;
		if (!count++)
			begin = time_us();
		size = (uint32_t)length;
		wrong += !is_as_filled(mark->number, size);
		asks = mark->asks;
		if (!asks)
			continue;
		*mark = (struct mark){ .number = count };
		datagram.length = sizeof(*mark);
		sendto(file, &datagram);
	}
	report("received", count, size, microseconds_since(begin));
	print("throughput: %u of them damaged\n", wrong);
	exit(wrong != 0);
}

/* How many the other end has had, or `before` where it does not say. */
static uint32_t hear_count(int file, uint32_t before)
{
	struct mark mark;
	struct datagram answer = { .bytes = &mark, .length = sizeof(mark), .timeout_ms = 200 };

	return recvfrom(file, &answer) == sizeof(mark) ? mark.number : before;
}

static void send(uint32_t address, uint32_t count, uint32_t mtu, uint32_t port)
{
	struct datagram datagram = { .address = address, .port = port, .bytes = bytes, .length = mtu - HEADERS };
	struct mark *mark = (struct mark *)bytes;
	int file = socket(SOCKET_UDP);
	uint32_t heard = 0;
	uint32_t begin;

	bind(file, 0);
	begin = time_us();
	for (uint32_t i = 0; i < count; i++) {
		int result;

		*mark = (struct mark){ .number = i, .asks = i == count - 1 ? 2 : i % BURST == BURST - 1 };
		fill(i, datagram.length);
		result = sendto(file, &datagram);
		if (result < 0) {
			print("throughput: %s\n", network_error(result));
			exit(1);
		}
		if (mark->asks)
			heard = hear_count(file, heard);
	}
	report("sent", count, datagram.length, microseconds_since(begin));
	print("throughput: %u arrived\n", heard);
	exit(heard != count);
}

void program_throughput(int argc, char **argv)
{
	uint32_t address, mtu = number_argument(argc, argv, 4, MOST_MTU);

	if (argc > 1 && !strcmp(argv[1], "receive"))
		receive(number_argument(argc, argv, 2, PORT));
	if (argc > 2 && !strcmp(argv[1], "send") && address_argument(argv[2], &address) && mtu <= MOST_MTU &&
	    mtu >= HEADERS + sizeof(struct mark))
		send(address, number_argument(argc, argv, 3, 64), mtu, number_argument(argc, argv, 5, PORT));
	print("throughput receive [PORT]\nthroughput send ADDRESS [COUNT [MTU [PORT]]]\n");
	exit(2);
}
