/* Attacks by instruction: what only ring 0 may do. */
#include "rogue.h"

static void write_cr3(void)
{
	TRY("movl %0, %%cr3", : "r"(foreign_frame() << PAGE_SHIFT));
	report_fault();
}

static void write_cr0(void)
{
	TRY("movl %0, %%cr0", : "r"(0x11));
	report_fault();
}

static void write_cr4(void)
{
	TRY("movl %0, %%cr4", : "r"(0xffffffff));
	if (caught.vector < 0)
		report("no effect: no bit of it was taken");
	else
		report_fault();
}

static void lgdt(void)
{
	static const char table[6];

	TRY("lgdt %0", : "m"(table));
	report_fault();
}

static void lidt(void)
{
	static const char table[6];

	TRY("lidt %0", : "m"(table));
	report_fault();
}

static void ltr(void)
{
	TRY("ltr %w0", : "r"(0xe040));
	report_fault();
}

static void lldt(void)
{
	TRY("lldt %w0", : "r"(0));
	report_fault();
}

static void lmsw(void)
{
	TRY("lmsw %w0", : "r"(0));
	report_fault();
}

static void invd(void)
{
	TRY("invd", :);
	report_fault();
}

static void invlpg(void)
{
	TRY("invlpg %0", : "m"(*(char *)KERNEL_BASE));
	report_fault();
}

static void hlt(void)
{
	TRY("hlt", :);
	report_fault();
}

static void cli(void)
{
	TRY("cli", :);
	report_fault();
}

static void write_msr(void)
{
	TRY("wrmsr", : "a"(0), "c"(0x176), "d"(0));
	report_fault();
}

static void out_port(void)
{
	TRY("outb %%al, $0x80", :);
	report_fault();
}

static void in_port_privileged(void)
{
	struct physdev_set_iopl privilege = { .iopl = 3 };
	uint32_t value = 0;

	ask(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, (uint32_t)&privilege, 0, 0);
	TRY("inb $0x21, %%al", "+a"(value) :);
	if (caught.vector < 0 && (value & 0xff) == 0xff)
		report("no effect: it reads all ones, as where nothing is");
	else
		report_fault();
}

static void iopl_too_high(void)
{
	struct physdev_set_iopl privilege = { .iopl = 4 };

	report_result(ask(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, (uint32_t)&privilege, 0, 0));
}

/* The processor drops what this ring may not change, and does not say so. */
static void popf_iopl(void)
{
	uint32_t flags;

	asm volatile("pushf\n\torl $0x3000, (%%esp)\n\tpopf\n\tpushf\n\tpop %0" : "=r"(flags));
	if (flags & 0x3000)
		report("GOT THROUGH: IOPL is set");
	else
		report("no effect: IOPL is still 0");
}

static void load_ring0_data(void)
{
	TRY("movw %w0, %%fs", : "r"(0xe010));
	report_fault();
}

static void load_ring0_stack(void)
{
	TRY("movw %w0, %%ss", : "r"(0xe010));
	report_fault();
}

static void jump_ring0(void)
{
	TRY("ljmp $0xe008, $0xfc000000", :);
	report_fault();
}

static void iret_ring0(void)
{
	caught.vector = -1;
	asm volatile("movl $9f, caught\n\tmovl %%esp, %%ebx\n\t"
		     "pushf\n\tpushl $0xe008\n\tpushl $0xfc000000\n\tiret\n"
		     "9:\n\tmovl %%ebx, %%esp\n\tmovl $0, caught"
		     :
		     :
		     : "ebx", "memory", "cc");
	report_fault();
}

static void ring3_halts(void)
{
	run_in_ring3(ring3_hlt);
	report_fault();
}

static void ring3_masks(void)
{
	run_in_ring3(ring3_cli);
	report_fault();
}

static void ring3_asks(void)
{
	run_in_ring3(ring3_hypercall);
	report_fault();
}

static void ring3_reads_kernel(void)
{
	run_in_ring3((const char *)KERNEL_BASE);
	report_fault();
}

const struct attack privilege_attacks[] = {
	{ "write-cr3", "loads CR3 by the instruction, with a foreign frame", write_cr3 },
	{ "write-cr0", "switches paging off", write_cr0 },
	{ "write-cr4", "sets every bit of CR4", write_cr4 },
	{ "lgdt", "loads a descriptor table of its own", lgdt },
	{ "lidt", "loads an interrupt table of its own", lidt },
	{ "lldt", "loads a local descriptor table", lldt },
	{ "ltr", "loads the task register", ltr },
	{ "lmsw", "loads the machine status word", lmsw },
	{ "invd", "throws the caches away", invd },
	{ "invlpg", "flushes a translation by the instruction", invlpg },
	{ "hlt", "halts the processor", hlt },
	{ "cli", "switches interrupts off", cli },
	{ "write-msr", "writes a model-specific register", write_msr },
	{ "out-port", "writes to a port", out_port },
	{ "in-port-iopl-3", "reads the interrupt controller's port, with virtual IOPL 3", in_port_privileged },
	{ "iopl-too-high", "asks for an I/O privilege level of 4", iopl_too_high },
	{ "popf-iopl", "sets the I/O privilege level by popf", popf_iopl },
	{ "load-ring0-data", "loads Xen's data segment", load_ring0_data },
	{ "load-ring0-stack", "loads Xen's stack segment", load_ring0_stack },
	{ "jump-ring0", "jumps into Xen's code segment", jump_ring0 },
	{ "iret-ring0", "returns into Xen's code segment", iret_ring0 },
	{ "ring3-hlt", "halts the processor from ring 3", ring3_halts },
	{ "ring3-cli", "switches interrupts off from ring 3", ring3_masks },
	{ "ring3-hypercall", "asks Xen from ring 3", ring3_asks },
	{ "ring3-kernel", "runs kernel memory from ring 3", ring3_reads_kernel },
	ATTACKS_END,
};
