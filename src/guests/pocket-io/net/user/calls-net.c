/* The network's system calls, as pocket's user/calls.S has the others; and small things that its programs share. */
#include "net.h"
#include "abi.h"

static int call(uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
	int result;

	asm volatile("int $0x80" : "=a"(result) : "0"(number), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

int socket(uint32_t kind)
{
	return call(CALL_SOCKET, kind, 0, 0);
}

int bind(int socket, uint32_t port)
{
	return call(CALL_BIND, (uint32_t)socket, port, 0);
}

int sendto(int socket, const struct datagram *datagram)
{
	return call(CALL_SENDTO, (uint32_t)socket, (uint32_t)datagram, 0);
}

int recvfrom(int socket, struct datagram *datagram)
{
	return call(CALL_RECVFROM, (uint32_t)socket, (uint32_t)datagram, 0);
}

int interface(uint32_t number, struct interface_report *report)
{
	return call(CALL_INTERFACE, number, (uint32_t)report, 0);
}

static int number_of_text(const char **text)
{
	int value = -1;

	for (; **text >= '0' && **text <= '9' && value < 100000000; (*text)++)
		value = (value < 0 ? 0 : value) * 10 + (**text - '0');
	return value;
}

/* Four numbers with dots; 0 where it is none. */
int address_argument(const char *text, uint32_t *address)
{
	*address = 0;
	for (int i = 0; i < 4; i++) {
		int byte;

		if (i && *text++ != '.')
			return 0;
		byte = number_of_text(&text);
		if (byte < 0 || byte > 255)
			return 0;
		*address = *address << 8 | (uint32_t)byte;
	}
	return !*text;
}

/* The argument at a place, where there is one and it is a number. */
uint32_t number_argument(int argc, char **argv, int place, uint32_t otherwise)
{
	const char *text = place < argc ? argv[place] : "";
	int value = number_of_text(&text);

	return value < 0 || *text ? otherwise : (uint32_t)value;
}

const char *network_error(int error)
{
	static const struct {
		int error;
		const char *text;
	} known[] = {
		{ ETIMEDOUT, "no answer" },
		{ ECONNREFUSED, "nobody has this port there" },
		{ EHOSTUNREACH, "no such host" },
		{ ENETDOWN, "no network" },
		{ EMSGSIZE, "too long" },
		{ EADDRINUSE, "the port is in use" },
		{ ENOBUFS, "no memory for it" },
		{ EBADF, "no socket" },
	};

	for (uint32_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].error == -error)
			return known[i].text;
	return "refused";
}
