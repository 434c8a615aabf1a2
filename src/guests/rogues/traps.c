/*
 * Attacks on the way in and out: handlers, stacks and return frames that Xen must not trust. Some of them cost the
 * domain its life: then the line with the outcome is missing, and the reason of the crash is what counts.
 */
#include "rogue.h"

static struct trap_info handler[2];

static int32_t set_handler(uint8_t vector, uint16_t cs, uint32_t address)
{
	handler[0] = (struct trap_info){ .vector = vector, .flags = TI_IF, .cs = cs, .address = address };
	return ask(__HYPERVISOR_set_trap_table, (uint32_t)handler, 0, 0, 0);
}

static void stack_switch(uint32_t ss, uint32_t esp)
{
	ask(__HYPERVISOR_stack_switch, ss, esp, 0, 0);
}

/* Xen lowers the selector's privilege to ring 1; with it Xen's code segment cannot be loaded. */
static void handler_ring0(void)
{
	set_handler(6, 0xe008, (uint32_t)ring3_trap);
	asm volatile("ud2");
	report("GOT THROUGH: still here");
}

/* The first fetch of the handler faults, and that fault is reported to us like any other. */
static void handler_in_xen(void)
{
	set_handler(6, FLAT_RING1_CS, XEN_TEXT);
	TRY("ud2", :);
	report_fault();
}

static void no_handler(void)
{
	ask(__HYPERVISOR_set_trap_table, 0, 0, 0, 0);
	asm volatile("ud2");
	report("GOT THROUGH: still here");
}

static void trap_table_in_xen(void)
{
	report_result(ask(__HYPERVISOR_set_trap_table, XEN_TEXT, 0, 0, 0));
}

static void kernel_stack_ring0(void)
{
	run_in_ring3(ring3_trap); /* makes the pages reachable, and shows that the way works */
	if (caught.vector != 6) {
		report("ring 3 did not trap");
		return;
	}
	stack_switch(0xe010, (uint32_t)trap_stack_top);
	enter_ring3(ring3_trap, ring3_stack + PAGE_SIZE);
	report("GOT THROUGH: still here");
}

static void trap_with_stack(uint32_t esp)
{
	run_in_ring3(ring3_trap);
	stack_switch(FLAT_RING1_DS, esp);
	enter_ring3(ring3_trap, ring3_stack + PAGE_SIZE);
	report("GOT THROUGH: still here");
}

static void kernel_stack_unmapped(void)
{
	trap_with_stack(0x1000);
}

static void kernel_stack_in_xen(void)
{
	trap_with_stack(XEN_TEXT + 0x1000);
}

static void kernel_stack_read_only(void)
{
	trap_with_stack((uint32_t)new_read_only_page() + PAGE_SIZE);
}

static void own_stack_in_xen(void)
{
	asm volatile("movl %0, %%esp\n\tud2" : : "r"(XEN_TEXT + 0x1000));
}

/* Each fault's handler faults at its first instruction, until the stack has run out of its page and of all others. */
static void fault_loop(void)
{
	set_handler(14, FLAT_RING1_CS, 0x1000);
	asm volatile("movl 0x1000, %%eax" : : : "eax");
	report("GOT THROUGH: still here");
}

static void ud2_storm(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < 2000; i++) {
		TRY("ud2", :);
		count += caught.vector == 6;
	}
	if (count == 2000)
		report("no effect: 2000 faults were delivered, nobody minded");
	else
		report("some faults were lost");
}

/* Jumps to the iret hypercall with a frame on the stack, as a trap handler would. */
static void iret_hypercall(uint32_t cs, uint32_t eip, uint32_t flags)
{
	asm volatile("movl $9f, caught\n\tmovl %%esp, %%ebx\n\t"
		     "pushl %0\n\tpushl %1\n\tpushl %2\n\tjmp *%3\n"
		     "9:\n\tmovl %%ebx, %%esp\n\tmovl $0, caught"
		     :
		     : "r"(flags), "r"(cs), "r"(eip), "r"(hypercall_stub(__HYPERVISOR_iret))
		     : "ebx", "memory", "cc");
}

static void iret_hypercall_ring0(void)
{
	caught.vector = -1;
	iret_hypercall(0xe008, XEN_TEXT, 0x202);
	report_fault();
}

static void iret_hypercall_stack(void)
{
	asm volatile("movl %0, %%esp\n\tjmp *%1" : : "r"(XEN_TEXT + 0x1000), "r"(hypercall_stub(__HYPERVISOR_iret)));
}

static void iret_hypercall_iopl(void)
{
	uint32_t flags;

	asm volatile("movl %%esp, %%ebx\n\t"
		     "pushl $0x3002\n\tpushl %1\n\tpushl $1f\n\tjmp *%2\n"
		     "1:\n\tpushf\n\tpop %0\n\tmovl %%ebx, %%esp"
		     : "=&r"(flags)
		     : "i"(FLAT_RING1_CS), "r"(hypercall_stub(__HYPERVISOR_iret))
		     : "ebx", "eax", "memory", "cc");
	if (flags & 0x3000)
		report("GOT THROUGH: IOPL is set");
	else
		report("no effect: IOPL is still 0");
}

static void callbacks_in_xen(void)
{
	int32_t result = ask(__HYPERVISOR_set_callbacks, FLAT_RING1_CS, XEN_TEXT, FLAT_RING1_CS, XEN_TEXT);

	if (result < 0) {
		report_result(result);
		return;
	}
	map_shared_info();
	shared_info.evtchn_mask[0] = 0;
	shared_info.evtchn_pending[0] = 2;
	shared_info.vcpu_info[0].evtchn_pending_sel = 1;
	shared_info.vcpu_info[0].evtchn_upcall_pending = 1;
	caught.vector = -1;
	TRY("movb $0, %0\n\tcall *%1", "=m"(shared_info.vcpu_info[0].evtchn_upcall_mask)
	    : "r"(hypercall_stub(__HYPERVISOR_xen_version)), "b"(0), "c"(0));
	report_fault();
}

const struct attack trap_attacks[] = {
	{ "handler-ring0", "registers a handler in ring 0, and traps", handler_ring0 },
	{ "handler-in-xen", "registers a handler at an address of Xen's, and traps", handler_in_xen },
	{ "no-handler", "traps without a handler", no_handler },
	{ "trap-table-in-xen", "passes a trap table at an address of Xen's", trap_table_in_xen },
	{ "kernel-stack-ring0", "sets a kernel stack in a segment of ring 0, and traps", kernel_stack_ring0 },
	{ "kernel-stack-unmapped", "sets a kernel stack that is not there, and traps", kernel_stack_unmapped },
	{ "kernel-stack-in-xen", "sets a kernel stack in Xen's memory, and traps", kernel_stack_in_xen },
	{ "kernel-stack-read-only", "sets a kernel stack that cannot be written, and traps", kernel_stack_read_only },
	{ "own-stack-in-xen", "traps with a stack pointer into Xen's memory", own_stack_in_xen },
	{ "fault-loop", "faults, with a handler that faults", fault_loop },
	{ "ud2-storm", "traps 2000 times", ud2_storm },
	{ "iret-hypercall-ring0", "lets Xen return into ring 0", iret_hypercall_ring0 },
	{ "iret-hypercall-stack", "lets Xen take a return frame from Xen's memory", iret_hypercall_stack },
	{ "iret-hypercall-iopl", "lets Xen return with an I/O privilege level of 3", iret_hypercall_iopl },
	{ "callbacks-in-xen", "registers event callbacks at addresses of Xen's, and takes one", callbacks_in_xen },
	ATTACKS_END,
};
