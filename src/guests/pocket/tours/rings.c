/*
 * run=rings: what a kernel that was written for ring 0 meets in ring 1. Some instructions trap, and Xen refuses them
 * or plays their part; some do nothing and do not say so; some tell the truth about a machine that is not ours.
 */
#include "tours/probe.h"

#define IF 0x200

static uint32_t read_flags(void)
{
	uint32_t flags;

	asm volatile("pushf\n\tpop %0" : "=r"(flags));
	return flags;
}

static unsigned interrupt_flag(void)
{
	return (read_flags() & IF) != 0;
}

static void report(const char *instruction)
{
	if (probe.vector < 0)
		print("rings: %-16sdone, no fault\n", instruction);
	else
		print("rings: %-16s%s, error %x\n", instruction, fault_name(), probe.error);
}

static void show_flags(const char *comment)
{
	print("rings:   IF is %u, events are %s%s\n", interrupt_flag(),
	      shared_info.vcpu_info[0].evtchn_upcall_mask ? "masked" : "not masked", comment);
}

static void interrupts(void)
{
	struct physdev_set_iopl privilege = { .iopl = 1 };

	shared_info.vcpu_info[0].evtchn_upcall_mask = 0;
	show_flags("");
	PROBE("cli", NOTHING, NOTHING);
	report("cli");
	PROBE("push %0\n\tpopf", NOTHING, "r"(read_flags() & ~IF));
	report("popf, IF=0");
	show_flags(": popf left IF alone, and said nothing");

	print("rings: set_iopl(1)     result %d\n", physdev_op(PHYSDEVOP_set_iopl, &privilege));
	PROBE("cli", NOTHING, NOTHING);
	report("cli, IOPL 1");
	show_flags(": Xen skipped the instruction");
	shared_info.vcpu_info[0].evtchn_upcall_mask = 1;
	print("rings: mask byte = 1   no trap at all: a byte in memory that Xen reads\n");
	show_flags("");
}

static void control_registers(void)
{
	uint32_t value = 0;

	PROBE("mov %%cr3, %0", "+r"(value), NOTHING);
	report("mov cr3, eax");
	print("rings:   eax %s the frame of our own L3: Xen played the processor\n",
	      value >> PAGE_SHIFT == frame_of((void *)start_info->pt_base) ? "names" : "does not name");
	PROBE("mov %0, %%cr3", NOTHING, "r"(0));
	report("mov 0, cr3");
	PROBE("hlt", NOTHING, NOTHING);
	report("hlt");
	PROBE("lidt %0", NOTHING, "m"(*(char *)start_info));
	report("lidt");
}

struct descriptor_table {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

static void silent_liars(void)
{
	struct descriptor_table gdt = { 0, 0 }, idt = { 0, 0 };
	uint32_t word = 0, task = 0;

	PROBE("sgdt %0", "+m"(gdt), NOTHING);
	report("sgdt");
	print("rings:   base %08x: %s\n", gdt.base, gdt.base >= HYPERVISOR_VIRT_START ? "in Xen's space" : "not Xen's");
	PROBE("sidt %0", "+m"(idt), NOTHING);
	report("sidt");
	print("rings:   base %08x: %s\n", idt.base, idt.base >= HYPERVISOR_VIRT_START ? "in Xen's space" : "not Xen's");
	PROBE("smsw %0", "+r"(word), NOTHING);
	report("smsw");
	print("rings:   protection %u, paging %u: the real CR0\n", word & 1, word >> 31);
	PROBE("str %0", "+r"(task), NOTHING);
	report("str");
	print("rings:   task register %04x: Xen's\n", task & 0xffff);
}

static void address_space(void)
{
	uint32_t value = 0;

	PROBE("mov %1, %0", "+r"(value), "m"(*(uint32_t *)MACH2PHYS_VIRT_START));
	report("read f5800000");
	PROBE("mov %0, %1", NOTHING, "r"(value) AND "m"(*(uint32_t *)MACH2PHYS_VIRT_START));
	report("write f5800000");
	PROBE("mov %1, %0", "+r"(value), "m"(*(uint32_t *)0xfc000000));
	report("read fc000000");
	print("rings:   %s\n", probe.vector == 13 ? "the segment ends below: no page table was asked"
							       : "it was the page tables that said no");
}

void tour_rings(void)
{
	uint32_t cs;

	asm("mov %%cs, %0" : "=r"(cs));
	print("rings: cs is %04x      ring %u\n", cs & 0xffff, cs & 3);
	interrupts();
	control_registers();
	silent_liars();
	address_space();
}
