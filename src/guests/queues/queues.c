/*
 * A kernel that takes its events from FIFO queues instead of bitmaps. It gives Xen two of its pages: in one lies the
 * control block, with the head of a queue for each of sixteen priorities; the other holds an event word a port, and the
 * words of waiting ports are linked from head to tail. Then it signals itself, and says what it was told, in what order.
 *
 * On a Xen that has only the bitmaps it says so. The control domain has no console ring, and speaks through Xen's.
 */
#include "abi.h"

#define VIRT_BASE 0xc0000000u
#define PAGE_SHIFT 12
#define PAGE_SIZE 4096u
#define PRESENT 1u
#define WRITABLE 2u

#define BIT(n) (1u << (n))
#define PENDING BIT(EVTCHN_FIFO_PENDING)
#define MASKED BIT(EVTCHN_FIFO_MASKED)
#define LINKED BIT(EVTCHN_FIFO_LINKED)
#define BUSY BIT(EVTCHN_FIFO_BUSY)

extern char hypercall_page[], event_entry[], failsafe_entry[];
extern struct shared_info shared_info;
extern volatile struct evtchn_fifo_control_block control_page;
extern volatile uint32_t event_words[];

static const struct start_info *start_info;
static volatile struct xencons_interface *ring;
static volatile uint32_t taken; /* events so far */

static int32_t hypercall(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	int32_t result;

	asm volatile("call *%%eax"
		     : "=a"(result), "+b"(a), "+c"(b), "+d"(c), "+S"(d)
		     : "0"(hypercall_page + number * 32)
		     : "memory");
	return result;
}

static int32_t event_op(uint32_t op, void *argument)
{
	return hypercall(__HYPERVISOR_event_channel_op, op, (uint32_t)argument, 0, 0);
}

static void yield(void)
{
	hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
}

static void *frame_to_address(uint32_t mfn)
{
	return (void *)(VIRT_BASE + (((const uint32_t *)MACH2PHYS_VIRT_START)[mfn] << PAGE_SHIFT));
}

static uint64_t frame_of(const volatile void *address)
{
	return ((const uint32_t *)start_info->mfn_list)[((uint32_t)address - VIRT_BASE) >> PAGE_SHIFT];
}

static void send(uint32_t port)
{
	struct evtchn_send send = { .port = port };

	event_op(EVTCHNOP_send, &send);
}

static void put(char byte)
{
	if (!ring) {
		hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, 1, (uint32_t)&byte, 0);
		return;
	}
	while (ring->out_prod - ring->out_cons == sizeof(ring->out))
		yield();
	ring->out[ring->out_prod % sizeof(ring->out)] = (uint8_t)byte;
	asm volatile("" ::: "memory");	/* the byte first, then the index that shows it */
	ring->out_prod++;
}

/* Says a text, with numbers in the places of its `#`. */
static void say(const char *text, uint32_t first, uint32_t second)
{
	for (; *text; text++) {
		if (*text != '#') {
			put(*text);
			continue;
		}
		if (first >= 10)
			put((char)('0' + first / 10));
		put((char)('0' + first % 10));
		first = second;
	}
	if (ring)
		send(start_info->console_evtchn);
}

static void power_off(void)
{
	struct sched_shutdown how = { .reason = SHUTDOWN_poweroff };

	while (ring && ring->out_cons != ring->out_prod)
		yield();
	hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uint32_t)&how, 0, 0);
}

/* Clears LINKED and LINK of a port's word, unless Xen changes it meanwhile; what LINK was. */
static uint32_t unlink(uint32_t port)
{
	volatile uint32_t *word = &event_words[port];
	uint32_t before, after;

	do {
		before = *word & ~BUSY; /* Xen holds it for a moment: then we come again */
		after = before & ~(LINKED | EVTCHN_FIFO_LINK_MASK);
	} while (!__sync_bool_compare_and_swap(word, before, after));
	return before & EVTCHN_FIFO_LINK_MASK;
}

/* Takes one queue from its head to its tail. What Xen appends meanwhile belongs to it, or begins it anew. */
static void take_queue(uint32_t priority)
{
	uint32_t port = control_page.head[priority];

	while (port) {
		uint32_t next = unlink(port);

		if ((event_words[port] & (PENDING | MASKED)) == PENDING) {
			__sync_fetch_and_and(&event_words[port], ~PENDING);
			taken++;
			say("queue #: port #\n", priority, port);
		}
		port = next;
	}
}

/* Called by head.S, events masked: the queue of the highest priority first, looking anew after each. */
void take_events(void)
{
	uint32_t ready = 0;

	shared_info.vcpu_info[0].evtchn_upcall_pending = 0;
	for (;;) {
		ready |= __sync_lock_test_and_set(&control_page.ready, 0);
		if (!ready)
			return;
		take_queue((uint32_t)__builtin_ctz(ready));
		ready &= ready - 1;
	}
}

/* A port by which we signal ourselves; its events go through the queue of a priority. */
static uint32_t open_port(uint32_t priority)
{
	struct evtchn_bind_ipi bind = { .vcpu = 0 };
	struct evtchn_set_priority set = { .priority = priority };

	event_op(EVTCHNOP_bind_ipi, &bind);
	set.port = bind.port;
	event_op(EVTCHNOP_set_priority, &set);
	event_words[bind.port] = 0;
	say("port # goes through queue #\n", bind.port, priority);
	return bind.port;
}

static int32_t give_pages(void)
{
	struct evtchn_init_control control = { .control_gfn = frame_of(&control_page) };
	struct evtchn_expand_array array = { .array_gfn = frame_of(event_words) };
	int32_t result = event_op(EVTCHNOP_init_control, &control);

	if (result < 0)
		return result;
	/* Xen raises what is pending as soon as it sees the words: nothing is to come through before we ask for it. */
	for (uint32_t port = 0; port < PAGE_SIZE / 4; port++)
		event_words[port] = MASKED;
	return event_op(EVTCHNOP_expand_array, &array);
}

static void wait_for(uint32_t events)
{
	while (taken < events)
		hypercall(__HYPERVISOR_sched_op, SCHEDOP_block, 0, 0, 0);
}

void queues(const struct start_info *info)
{
	start_info = info;
	ring = info->flags & SIF_INITDOMAIN ? NULL : frame_to_address(info->console_mfn);
	hypercall(__HYPERVISOR_update_va_mapping, (uint32_t)&shared_info, info->shared_info | PRESENT | WRITABLE, 0, UVMF_INVLPG);
	hypercall(__HYPERVISOR_set_callbacks, FLAT_RING1_CS, (uint32_t)event_entry, FLAT_RING1_CS, (uint32_t)failsafe_entry);
	if (give_pages() < 0) {
		say("this Xen has no FIFO queues\n", 0, 0);
		power_off();
	}

	uint32_t late = open_port(15), one = open_port(7), two = open_port(7), urgent = open_port(0), quiet = open_port(7);

	event_words[quiet] = MASKED;
	say("sent: # # ", late, two);
	say("# # ", one, quiet);
	say("#\n", urgent, 0);
	send(late);
	send(two);
	send(one);
	send(quiet);
	send(urgent);
	wait_for(4);

	struct evtchn_unmask unmask = { .port = quiet };

	say("port # is masked no more\n", quiet, 0);
	event_op(EVTCHNOP_unmask, &unmask);
	wait_for(5);
	power_off();
}
