/* Attacks on xenstore by its own protocol: more than a domain may keep, and what belongs to others. */
#include "rogue.h"

static volatile struct xenstore_domain_interface *ring;
static char reply[256];

static void yield(void)
{
	ask(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
}

static void notify(void)
{
	struct evtchn_send send = { .port = start_info->store_evtchn };

	event_op(EVTCHNOP_send, &send);
}

static void put(const void *from, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++) {
		while (ring->req_prod - ring->req_cons == sizeof(ring->req)) {
			notify();
			yield();
		}
		ring->req[ring->req_prod % sizeof(ring->req)] = ((const uint8_t *)from)[i];
		ring->req_prod++;
	}
}

static void take(void *to, uint32_t length, uint32_t room)
{
	for (uint32_t i = 0; i < length; i++) {
		while (ring->rsp_cons == ring->rsp_prod) {
			notify();
			yield();
		}
		if (i < room)
			((uint8_t *)to)[i] = ring->rsp[ring->rsp_cons % sizeof(ring->rsp)];
		ring->rsp_cons++;
	}
}

static uint32_t length_of(const char *text)
{
	uint32_t length = 0;

	while (text[length])
		length++;
	return length;
}

/* One request and its answer, which is left in `reply`; false when the answer is an error. */
static bool request(uint32_t type, const char *path, const char *value, bool ended)
{
	struct xsd_sockmsg header = { .type = type, .len = length_of(path) + 1 + length_of(value) + (ended ? 1 : 0) };

	put(&header, sizeof(header));
	put(path, length_of(path) + 1);
	put(value, length_of(value) + (ended ? 1 : 0));
	notify();
	do {
		take(&header, sizeof(header), sizeof(header));
		take(reply, header.len, sizeof(reply) - 1);
		reply[header.len < sizeof(reply) ? header.len : sizeof(reply) - 1] = 0;
	} while (header.type == XS_WATCH_EVENT);
	return header.type != XS_ERROR;
}

static bool connect(void)
{
	if (start_info->flags & SIF_INITDOMAIN) {
		report("skipped: no xenstore");
		return false;
	}
	ring = address_of_frame(start_info->store_mfn);
	return true;
}

static void report_reply(bool accepted)
{
	static char text[64] = "refused ";

	if (accepted) {
		report("GOT THROUGH");
		return;
	}
	for (uint32_t i = 0; i < 40; i++)
		text[8 + i] = reply[i];
	report(text);
}

/* prefix followed by a number, in a buffer that the next call reuses. */
static const char *numbered(const char *prefix, uint32_t number)
{
	static char text[48];
	uint32_t at = 0;

	while (*prefix)
		text[at++] = *prefix++;
	for (uint32_t digit = 1000; digit; digit /= 10)
		text[at++] = (char)('0' + number / digit % 10);
	text[at] = 0;
	return text;
}

static void many_nodes(void)
{
	bool accepted = true;

	if (!connect())
		return;
	for (uint32_t i = 0; i < 3000 && accepted; i++)
		accepted = request(XS_WRITE, numbered("data/", i), "x", false);
	report_reply(accepted);
}

static void many_watches(void)
{
	bool accepted = true;

	if (!connect())
		return;
	for (uint32_t i = 0; i < 1000 && accepted; i++)
		accepted = request(XS_WATCH, numbered("data/", i), "token", true);
	report_reply(accepted);
}

static void many_transactions(void)
{
	bool accepted = true;

	if (!connect())
		return;
	for (uint32_t i = 0; i < 1000 && accepted; i++)
		accepted = request(XS_TRANSACTION_START, "", "", false);
	report_reply(accepted);
}

static void large_value(void)
{
	static char value[3001];

	if (!connect())
		return;
	for (uint32_t i = 0; i < 3000; i++)
		value[i] = 'x';
	report_reply(request(XS_WRITE, "data/large", value, false));
}

static void write_other(void)
{
	if (connect())
		report_reply(request(XS_WRITE, "/local/domain/0/name", "mine", false));
}

static void write_tool(void)
{
	if (connect())
		report_reply(request(XS_WRITE, "/tool/mine", "mine", false));
}

static void remove_root(void)
{
	if (connect())
		report_reply(request(XS_RM, "/", "", false));
}

static void introduce(void)
{
	if (connect())
		report_reply(request(XS_INTRODUCE, "77", "0", true));
}

static void bad_path(void)
{
	if (connect())
		report_reply(request(XS_READ, "data//../x", "", false));
}

static void unknown(void)
{
	if (connect())
		report_reply(request(99, "data", "", false));
}

const struct attack xenstore_attacks[] = {
	{ "xenstore-nodes", "writes nodes until it may not", many_nodes },
	{ "xenstore-watches", "sets watches until it may not", many_watches },
	{ "xenstore-transactions", "starts transactions until it may not", many_transactions },
	{ "xenstore-large-value", "writes a value of 3000 bytes", large_value },
	{ "xenstore-other", "writes another domain's name", write_other },
	{ "xenstore-tool", "writes where only the toolstack may", write_tool },
	{ "xenstore-remove-root", "removes everything", remove_root },
	{ "xenstore-introduce", "introduces a domain", introduce },
	{ "xenstore-bad-path", "reads a path that is none", bad_path },
	{ "xenstore-unknown", "sends a request that there is not", unknown },
	ATTACKS_END,
};
