/*
 * Events: Xen's interrupts. A port has a pending bit and a mask bit in shared_info; a word of a second bitmap says
 * which words to look at. Xen calls us when a bit gets set, events are not masked for this processor, and it is
 * on its way back to us anyway.
 */
#include "pocket.h"

#define PORTS EVENT_PORTS

extern void event_entry(void), failsafe_entry(void);
static void (*handlers[PORTS])(void);
static uint8_t told[PORTS]; /* which vcpu is: pending bits are all vcpus' in common, and each serves its own */

void events_init(void)
{
	/* shared_info is a frame of Xen's; it has no place in our memory until we give it one. */
	if (update_va_mapping((uint32_t)&shared_info, start_info->shared_info | PTE_PRESENT | PTE_WRITABLE, UVMF_INVLPG) < 0)
		panic("Xen refused to map shared_info");
	set_callbacks(FLAT_RING1_CS, event_entry, failsafe_entry);
}

/* `vcpu` is who Xen tells: for an IPI or a timer the one that it was bound for, else the first. */
void event_bind_on(uint32_t vcpu, uint32_t port, void (*handler)(void))
{
	if (port >= PORTS)
		panic("an event port beyond the table");
	handlers[port] = handler;
	told[port] = (uint8_t)vcpu;
	asm volatile("lock btr %1, %0" : "+m"(shared_info.evtchn_mask[port / 32]) : "r"(port % 32) : "memory");
}

void event_bind(uint32_t port, void (*handler)(void))
{
	event_bind_on(0, port, handler);
}

uint32_t event_bind_virq(uint32_t virq, void (*handler)(void))
{
	struct evtchn_bind_virq bind = { .virq = virq, .vcpu = 0 };

	if (event_channel_op(EVTCHNOP_bind_virq, &bind) < 0)
		panic("Xen refused a virtual interrupt");
	event_bind(bind.port, handler);
	return bind.port;
}

void event_send(uint32_t port)
{
	struct evtchn_send send = { .port = port };

	event_channel_op(EVTCHNOP_send, &send);
}

static uint32_t take_bits(uint32_t *word)
{
	uint32_t bits = 0;

	asm volatile("xchg %0, %1" : "+r"(bits), "+m"(*word) : : "memory");
	return bits;
}

static void serve_word(uint32_t vcpu, uint32_t word)
{
	uint32_t bits = shared_info.evtchn_pending[word] & ~shared_info.evtchn_mask[word];

	while (bits) {
		uint32_t bit = (uint32_t)__builtin_ctz(bits);
		uint32_t port = word * 32 + bit;

		bits &= bits - 1;
		if (port < PORTS && told[port] != vcpu)
			continue;
		asm volatile("lock btr %1, %0" : "+m"(shared_info.evtchn_pending[word]) : "r"(bit) : "memory");
		if (port < PORTS && handlers[port])
			SERVE(port, handlers[port]);
	}
}

/* On vcpu `vcpu`, events masked. First take what tells us to look, then look: an event in between is not lost. */
void events_serve(uint32_t vcpu)
{
	struct vcpu_info *info = &shared_info.vcpu_info[vcpu];

	info->evtchn_upcall_pending = 0;
	for (uint32_t words = take_bits(&info->evtchn_pending_sel); words; words &= words - 1)
		serve_word(vcpu, (uint32_t)__builtin_ctz(words));
}

/* Called by entry.S. Processes run on the first vcpu alone. */
void event_upcall(struct frame *frame)
{
	if (from_user(frame))
		frame->ds = frame->es = FLAT_RING3_DS;
	events_serve(0);
	if (from_user(frame) && slice_is_over)
		preempt();
}
