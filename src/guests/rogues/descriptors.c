/* Attacks by descriptor: segments, gates and tables that would reach ring 0 or Xen's memory. */
#include "rogue.h"

#define CODE_DPL(dpl) (0x00c09b000000ffffull | (uint64_t)(dpl) << 45 | 0xfull << 48)
#define DATA_DPL(dpl) (0x00c093000000ffffull | (uint64_t)(dpl) << 45 | 0xfull << 48)
#define TSS 0x0000890000000067ull
#define CALL_GATE(selector, dpl) (0x00008c0000000000ull | (uint64_t)(selector) << 16 | (uint64_t)(dpl) << 45)

/* Installs a GDT of one page of ours, whose entry 1 is `descriptor`. */
static int32_t install(uint64_t descriptor)
{
	uint64_t *gdt = new_page();
	uint32_t frame = frame_of(gdt);

	gdt[1] = descriptor;
	update_va_mapping(gdt, pte_for(frame, 0));
	return ask(__HYPERVISOR_set_gdt, (uint32_t)&frame, 512, 0, 0);
}

/* Where Xen takes a descriptor but lowers its privilege, loading it shows what is left of it. */
static void load(int32_t result)
{
	uint32_t access = 0;

	if (result < 0) {
		report_result(result);
		return;
	}
	asm volatile("lar %1, %0" : "+r"(access) : "r"(8));
	if ((access >> 13 & 3) == 0)
		report("GOT THROUGH: a descriptor of ring 0 is installed");
	else
		report("no effect: Xen lowered its privilege to ring 1");
}

static void gdt_ring0_code(void)
{
	load(install(CODE_DPL(0)));
}

static void gdt_ring0_data(void)
{
	load(install(DATA_DPL(0)));
}

static void gdt_tss(void)
{
	report_result(install(TSS));
}

static void gdt_call_gate(void)
{
	report_result(install(CALL_GATE(0xe008, 3)));
}

static void gdt_writable(void)
{
	uint32_t frame = frame_of(new_page());

	report_result(ask(__HYPERVISOR_set_gdt, (uint32_t)&frame, 512, 0, 0));
}

static void gdt_foreign(void)
{
	uint32_t frame = foreign_frame();

	report_result(ask(__HYPERVISOR_set_gdt, (uint32_t)&frame, 512, 0, 0));
}

static void gdt_too_long(void)
{
	uint32_t frame = frame_of(new_read_only_page());

	report_result(ask(__HYPERVISOR_set_gdt, (uint32_t)&frame, 8192, 0, 0));
}

static void gdt_then_write(void)
{
	void *gdt = new_read_only_page();
	uint32_t frame = frame_of(gdt);

	ask(__HYPERVISOR_set_gdt, (uint32_t)&frame, 512, 0, 0);
	report_result(update_va_mapping(gdt, pte_for(frame, WRITABLE)));
}

static int32_t update_descriptor(uint32_t mfn, uint64_t descriptor)
{
	uint64_t at = ((uint64_t)mfn << PAGE_SHIFT) + 8;

	return ask(__HYPERVISOR_update_descriptor, (uint32_t)at, (uint32_t)(at >> 32), (uint32_t)descriptor,
		   (uint32_t)(descriptor >> 32));
}

static void update_tss(void)
{
	void *gdt = new_read_only_page();
	uint32_t frame = frame_of(gdt);

	ask(__HYPERVISOR_set_gdt, (uint32_t)&frame, 512, 0, 0);
	report_result(update_descriptor(frame, TSS));
}

static void update_foreign(void)
{
	report_result(update_descriptor(foreign_frame(), DATA_DPL(1)));
}

static void update_page_table(void)
{
	report_result(update_descriptor(frame_of((void *)((uint32_t)entry_of((void *)KERNEL_BASE) & -PAGE_SIZE)), DATA_DPL(1)));
}

/* The whole four GiB by a segment of our own: a 32-bit Xen cuts its limit, a 64-bit one has its memory elsewhere. */
static void four_gib_segment(void)
{
	int32_t result = install(DATA_DPL(1));
	uint32_t value = 0;

	if (result < 0) {
		report_result(result);
		return;
	}
	asm volatile("movw %w0, %%fs" : : "r"(8 | 1));
	TRY("movl %%fs:(%1), %0", "+r"(value) : "r"(XEN_TEXT));
	report_fault();
}

static int32_t set_ldt(const void *address, uint32_t entries)
{
	struct mmuext_op op = { .cmd = MMUEXT_SET_LDT, .arg1 = (uint32_t)address, .arg2 = entries };

	return ask(__HYPERVISOR_mmuext_op, (uint32_t)&op, 1, 0, DOMID_SELF);
}

/* Xen looks at an LDT only when it is used: the load of the selector fails. */
static void ldt_writable(void)
{
	uint64_t *ldt = new_page();

	ldt[0] = DATA_DPL(1);
	set_ldt(ldt, 512);
	TRY("movw %w0, %%fs", : "r"(4 | 1));
	report_fault();
}

static void ldt_ring0(void)
{
	uint64_t *ldt = new_page();

	ldt[0] = TSS;
	update_va_mapping(ldt, pte_for(frame_of(ldt), 0));
	set_ldt(ldt, 512);
	TRY("movw %w0, %%fs", : "r"(4 | 1));
	report_fault();
}

static void ldt_unaligned(void)
{
	report_result(set_ldt((char *)new_read_only_page() + 8, 512));
}

static void ldt_too_long(void)
{
	report_result(set_ldt(new_read_only_page(), 8193));
}

const struct attack descriptor_attacks[] = {
	{ "gdt-ring0-code", "installs a code segment of ring 0", gdt_ring0_code },
	{ "gdt-ring0-data", "installs a data segment of ring 0", gdt_ring0_data },
	{ "gdt-tss", "installs a task state segment", gdt_tss },
	{ "gdt-call-gate", "installs a call gate into Xen", gdt_call_gate },
	{ "gdt-writable", "installs descriptors in a page that it can write", gdt_writable },
	{ "gdt-foreign", "installs descriptors in a frame that is not its own", gdt_foreign },
	{ "gdt-too-long", "installs a table that reaches into Xen's descriptors", gdt_too_long },
	{ "gdt-then-write", "installs descriptors, then maps their page writable", gdt_then_write },
	{ "update-tss", "writes a task state segment over a descriptor", update_tss },
	{ "update-descriptor-foreign", "writes a descriptor into a frame that is not its own", update_foreign },
	{ "update-descriptor-page-table", "writes a descriptor into a page table", update_page_table },
	{ "four-gib-segment", "reads Xen's memory through a segment of 4 GiB", four_gib_segment },
	{ "ldt-writable", "uses a local table in a page that it can write", ldt_writable },
	{ "ldt-tss", "uses a local table with a task state segment", ldt_ring0 },
	{ "ldt-unaligned", "sets a local table that is not at the start of a page", ldt_unaligned },
	{ "ldt-too-long", "sets a local table that is too long", ldt_too_long },
	ATTACKS_END,
};
