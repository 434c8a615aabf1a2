/*
 * The smallest guest that speaks. It writes into the ring of its console, tells the other end by an
 * event, waits at the end until everything was taken, and asks Xen to power its virtual machine off.
 *
 * Where there is no ring (the control domain has none) it speaks through Xen's own console.
 */
#include "abi.h"

#define VIRT_BASE 0xc0000000u
#define PAGE_SHIFT 12

/* Filled by the domain builder with one stub of 32 bytes a hypercall; see head.S. */
extern char hypercall_page[];

/* EBX, ECX, EDX carry the arguments, and EAX brings the result: 0 or more, or a negated error number. */
static int32_t hypercall(uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
	int32_t result;

	asm volatile("call *%%eax"
		     : "=a"(result), "+b"(a), "+c"(b), "+d"(c)
		     : "0"(hypercall_page + number * 32)
		     : "memory");
	return result;
}

/* Xen keeps, for each frame of the machine, the page number that the owner gave it: readable by everyone. */
static void *frame_to_address(uint32_t mfn)
{
	const uint32_t *machine_to_phys = (const uint32_t *)MACH2PHYS_VIRT_START;

	return (void *)(VIRT_BASE + (machine_to_phys[mfn] << PAGE_SHIFT));
}

static void yield(void)
{
	hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0);
}

/* The ring's indices run freely; masked, they are places. Full means: produced is a whole ring ahead of consumed. */
static void ring_write(volatile struct xencons_interface *ring, const char *text)
{
	uint32_t produced = ring->out_prod;

	for (; *text; text++) {
		while (produced - ring->out_cons == sizeof(ring->out))
			yield();
		ring->out[produced % sizeof(ring->out)] = (uint8_t)*text;
		produced++;
	}
	asm volatile("" ::: "memory");	/* the bytes first, then the index that shows them */
	ring->out_prod = produced;
}

static void speak(const struct start_info *info, const char *text)
{
	if (info->flags & SIF_INITDOMAIN) {
		uint32_t length = 0;

		while (text[length])
			length++;
		hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, length, (uint32_t)text);
		return;
	}

	volatile struct xencons_interface *ring = frame_to_address(info->console_mfn);
	struct evtchn_send send = { .port = info->console_evtchn };

	ring_write(ring, text);
	hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uint32_t)&send, 0);
}

/* Good manners: with the machine gone, nobody might look into the ring any more. */
static void wait_for_the_reader(const struct start_info *info)
{
	if (info->flags & SIF_INITDOMAIN)
		return;

	volatile struct xencons_interface *ring = frame_to_address(info->console_mfn);

	while (ring->out_cons != ring->out_prod)
		yield();
}

/* The ring we run in is the low two bits of CS: nobody can lie to a program about that. */
static unsigned privilege_ring(void)
{
	unsigned cs;

	asm("mov %%cs, %0" : "=r"(cs));
	return cs & 3;
}

void hello(const struct start_info *info)
{
	struct sched_shutdown shutdown = { .reason = SHUTDOWN_poweroff };
	char place[] = "I am a kernel, and I run in ring ?.\n";

	place[sizeof(place) - 4] = (char)('0' + privilege_ring());
	speak(info, "Hello, Xen!\n");
	speak(info, place);
	speak(info, "Goodbye.\n");
	wait_for_the_reader(info);
	hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uint32_t)&shutdown, 0);
}
