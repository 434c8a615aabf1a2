/*
 * Traps. From ring 3: page faults bring memory, anything else ends the process. From ring 1: a page fault on the
 * buffer of a system call is served the same way; a tour of the kernel may expect a fault; anything else is a bug.
 */
#include "pocket.h"

#define PAGE_FAULT 14

struct probe probe;

static const char *const names[] = {
	[0] = "divide error", [1] = "debug", [3] = "breakpoint", [4] = "overflow", [5] = "bound", [6] = "invalid opcode",
	[7] = "no coprocessor", [10] = "bad TSS", [11] = "segment not present", [12] = "stack fault",
	[13] = "general protection", [14] = "page fault", [16] = "coprocessor error", [17] = "alignment",
};

void traps_init(void)
{
	if (set_trap_table(trap_table) < 0)
		panic("Xen refused the trap table");
}

bool from_user(const struct frame *frame)
{
	return (frame->cs & 3) == 3;
}

/* Called by entry.S with the frame that Xen and the stub pushed. */
void trap(struct frame *frame)
{
	/* Xen keeps CR2 for us: reading the register itself would be one more trap. */
	uint32_t address = shared_info.vcpu_info[0].arch.cr2;

	if (from_user(frame))
		frame->ds = frame->es = FLAT_RING3_DS;
	if (!from_user(frame) && probe.resume) {
		probe.vector = (int)frame->vector;
		probe.error = frame->error;
		probe.address = address;
		frame->eip = probe.resume;
		return;
	}
	if (frame->vector == PAGE_FAULT && current->id && page_fault(address, frame->error))
		return;
	if (frame->vector == PAGE_FAULT && current->id && address < USER_STACK_TOP) {
		print("pocket: process %d touched %08x: no page for it, ended\n", current->id, address);
		process_exit(-1); /* also where the kernel touched it for the process, and memory has run out */
	}
	if (!from_user(frame)) {
		print("pocket: %s at %08x, error %x, address %08x\n", names[frame->vector], frame->eip, frame->error, address);
		panic("a trap in the kernel");
	}
	print("pocket: process %d: %s at %08x: ended\n", current->id, names[frame->vector], frame->eip);
	process_exit(-1);
}
