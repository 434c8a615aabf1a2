/*
 * The console: two byte rings in one page that we share with the console daemon (xen/include/public/io/console.h).
 * Whoever produces moves his index and sends an event; indices run freely and are masked only to find a place.
 * The control domain has no such ring; it writes to Xen's own console instead.
 */
#include "pocket.h"

#define LINE 128

static volatile struct xencons_interface *ring;

/* What was typed, up to the last Enter. */
static char typed[LINE];
static uint32_t typed_length;
static bool line_is_complete;

#define barrier() asm volatile("" ::: "memory")

static void notify(void)
{
	event_send(start_info->console_evtchn);
}

/* The daemon sends an event whenever it has taken something. */
static void wait_for_reader(void)
{
	sched_op(SCHEDOP_block, NULL);
	shared_info.vcpu_info[0].evtchn_upcall_mask = 1; /* which `block` took away */
}

void console_write(const char *text, uint32_t length)
{
	if (!ring) {
		console_io(CONSOLEIO_write, length, (void *)text);
		return;
	}

	uint32_t produced = ring->out_prod;

	for (uint32_t i = 0; i < length; i++) {
		while (produced - ring->out_cons == sizeof(ring->out)) {
			ring->out_prod = produced;
			notify();
			wait_for_reader();
		}
		ring->out[produced++ % sizeof(ring->out)] = (uint8_t)text[i];
	}
	barrier(); /* first the bytes, then the index that shows them */
	ring->out_prod = produced;
	notify();
}

/* Waits until the other end has taken everything. */
void console_drain(void)
{
	while (ring && ring->out_cons != ring->out_prod)
		wait_for_reader();
}

static void type(char c)
{
	if (c == '\r')
		c = '\n';
	if (c == '\b' || c == 0x7f) {
		if (typed_length) {
			typed_length--;
			console_write("\b \b", 3);
		}
		return;
	}
	if (typed_length == LINE - 1 && c != '\n')
		return;
	typed[typed_length++] = c;
	console_write(&c, 1);
	line_is_complete = c == '\n';
}

/* Takes what is in the input ring until a line is complete; the rest stays there for the next read. */
static void take_input(void)
{
	while (!line_is_complete && ring->in_cons != ring->in_prod) {
		char c = (char)ring->in[ring->in_cons % sizeof(ring->in)];

		barrier();
		ring->in_cons++;
		type(c);
	}
	notify();
}

static void console_event(void)
{
	if (!line_is_complete && ring->in_cons != ring->in_prod)
		take_input();
	if (line_is_complete)
		wake(typed);
}

/* Waits for a line; returns how much of it fits, or 0 where there is no keyboard. */
int console_read(char *buffer, uint32_t length)
{
	if (!ring)
		return 0;
	take_input();
	while (!line_is_complete)
		sleep_on(typed);
	if (length > typed_length)
		length = typed_length;
	memcpy(buffer, typed, length);
	typed_length = 0;
	line_is_complete = false;
	return (int)length;
}

void console_init(void)
{
	if (start_info->flags & SIF_INITDOMAIN)
		return;
	ring = address_of_frame(start_info->console_mfn);
	event_bind(start_info->console_evtchn, console_event);
}
