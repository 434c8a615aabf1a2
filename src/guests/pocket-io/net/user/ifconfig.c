/* ifconfig: the interfaces, and what they have seen. */
#include "net.h"

PROGRAM(ifconfig);

static int bits_of(uint32_t mask)
{
	int bits = 0;

	for (; mask; mask <<= 1)
		bits++;
	return bits;
}

static void show(const struct interface_report *r)
{
	static const char *const modes[] = { "", ", receives copies", ", receives pages" };

	print("%-5s " ADDRESS_FORMAT "/%d, %02x:%02x:%02x:%02x:%02x:%02x, mtu %u, %s%s\n", r->name, ADDRESS_BYTES(r->address),
	      bits_of(r->mask), r->mac[0], r->mac[1], r->mac[2], r->mac[3], r->mac[4], r->mac[5], r->mtu,
	      r->up ? "up" : "down", modes[r->mode]);
	print("      sent %u (%u bytes), dropped %u\n", r->counters.sent, r->counters.sent_bytes, r->counters.send_drops);
	print("      received %u (%u bytes), dropped %u, queue full %u, bad checksums %u, fragments %u\n",
	      r->counters.received, r->counters.received_bytes, r->counters.receive_drops, r->counters.queue_drops,
	      r->counters.bad_checksums, r->counters.fragments);
}

void program_ifconfig(int argc, char **argv)
{
	struct interface_report report;

	(void)argc, (void)argv;
	for (uint32_t i = 0; interface(i, &report) >= 0; i++)
		show(&report);
	exit(0);
}
