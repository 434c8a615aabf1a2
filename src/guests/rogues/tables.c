/* Attacks on page tables: becoming one without being checked, or writing one without asking. */
#include "rogue.h"

static pte_t *page_table_of(const void *address)
{
	return (pte_t *)((uint32_t)entry_of(address) & -PAGE_SIZE);
}

static void map_page_table(void)
{
	void *page = new_page();

	report_result(update_va_mapping(page, pte_for(frame_of(page_table_of(page)), WRITABLE)));
}

static void write_page_table(void)
{
	pte_t *entry = entry_of(new_page());

	TRY("movl $0, %0", "+m"(*(uint32_t *)entry) :);
	report_fault();
}

/* With the assist a direct write is checked like any other: here it names a frame that is not ours. */
static void write_page_table_assisted(void)
{
	uint32_t *entry = (uint32_t *)entry_of(new_page());
	uint32_t foreign = foreign_frame() << PAGE_SHIFT | 3;

	ask(__HYPERVISOR_vm_assist, VMASST_CMD_ENABLE, VMASST_TYPE_WRITABLE_PAGETABLES, 0, 0);
	TRY("movl %1, %0", "+m"(*entry) : "r"(foreign));
	report_fault();
}

static void write_l2_assisted(void)
{
	pte_t *entry = l2_entry_of(new_page());

	ask(__HYPERVISOR_vm_assist, VMASST_CMD_ENABLE, VMASST_TYPE_WRITABLE_PAGETABLES, 0, 0);
	TRY("orl $0x800, %0", "+m"(*(uint32_t *)entry) :);
	report_fault();
}

static void pin_writable(void)
{
	pte_t *l3 = new_page();

	report_result(mmuext(MMUEXT_PIN_L3_TABLE, frame_of(l3)));
}

static void pin_alias(void)
{
	void *l1 = new_page(), *window = new_page();

	update_va_mapping(window, pte_for(frame_of(l1), WRITABLE));
	update_va_mapping(l1, pte_for(frame_of(l1), 0));
	report_result(mmuext(MMUEXT_PIN_L1_TABLE, frame_of(l1)));
}

static void pin_foreign(void)
{
	report_result(mmuext(MMUEXT_PIN_L1_TABLE, foreign_frame()));
}

/* A page that becomes a table with an entry prepared inside, which no update would have allowed. */
static void pin_poisoned_l1(void)
{
	pte_t *l1 = new_page();

	l1[5] = pte_for(foreign_frame(), WRITABLE);
	update_va_mapping(l1, pte_for(frame_of(l1), 0));
	report_result(mmuext(MMUEXT_PIN_L1_TABLE, frame_of(l1)));
}

static void pin_self_mapping_l1(void)
{
	pte_t *l1 = new_page();

	l1[0] = pte_for(frame_of(l1), WRITABLE);
	update_va_mapping(l1, pte_for(frame_of(l1), 0));
	report_result(mmuext(MMUEXT_PIN_L1_TABLE, frame_of(l1)));
}

static void pin_garbage_l2(void)
{
	pte_t *l2 = new_page();

	for (uint32_t i = 0; i < 512; i++)
		l2[i] = 0x1234567ull * (i + 1) | PRESENT;
	update_va_mapping(l2, pte_for(frame_of(l2), 0));
	report_result(mmuext(MMUEXT_PIN_L2_TABLE, frame_of(l2)));
}

static void pin_l1_as_l2(void)
{
	report_result(mmuext(MMUEXT_PIN_L2_TABLE, frame_of(page_table_of((void *)KERNEL_BASE))));
}

static void pin_empty_l3(void)
{
	report_result(mmuext(MMUEXT_PIN_L3_TABLE, frame_of(new_read_only_page())));
}

static void pin_shared_kernel_l2(void)
{
	pte_t *l3 = new_page();

	l3[3] = ((pte_t *)start_info->pt_base)[3];
	update_va_mapping(l3, pte_for(frame_of(l3), 0));
	report_result(mmuext(MMUEXT_PIN_L3_TABLE, frame_of(l3)));
}

/* A level that a 32-bit guest does not have: Xen says yes and does nothing, as a second look shows. */
static void pin_l4(void)
{
	void *page = new_read_only_page();
	int32_t result = mmuext(MMUEXT_PIN_L4_TABLE, frame_of(page));

	if (result == 0 && update_va_mapping(page, pte_for(frame_of(page), WRITABLE)) == 0)
		report("no effect: nothing was pinned");
	else
		report_result(result);
}

static void pin_beyond_memory(void)
{
	report_result(mmuext(MMUEXT_PIN_L1_TABLE, 0x7fffff));
}

static void unpin_unpinned(void)
{
	report_result(mmuext(MMUEXT_UNPIN_TABLE, frame_of(new_page())));
}

/* The pin may go; what stays is the reference of CR3, and with it the protection. */
static void unpin_in_use(void)
{
	mmuext(MMUEXT_UNPIN_TABLE, frame_of((void *)start_info->pt_base));
	report_result(update_va_mapping(new_page(), pte_for(frame_of((void *)start_info->pt_base), WRITABLE)));
}

static void large_page(void)
{
	pte_t *entry = l2_entry_of((void *)(KERNEL_BASE + 0x10000000));

	report_result(mmu_update(entry, LARGE | WRITABLE | PRESENT | 0x200000, DOMID_SELF));
}

static void global_page(void)
{
	void *page = new_page();

	report_result(update_va_mapping(page, pte_for(frame_of(page), WRITABLE | GLOBAL)));
}

static void l2_self_map(void)
{
	pte_t *entry = l2_entry_of((void *)(KERNEL_BASE + 0x10000000));

	report_result(mmu_update(entry, pte_for(frame_of(entry), WRITABLE), DOMID_SELF));
}

static void overwrite_xen_slot(void)
{
	pte_t *entry = l2_entry_of((void *)MACH2PHYS_VIRT_START);

	report_result(mmu_update(entry, 0, DOMID_SELF));
}

static void clear_kernel_l3_slot(void)
{
	report_result(mmu_update((pte_t *)start_info->pt_base + 3, 0, DOMID_SELF));
}

static void base_not_l3(void)
{
	report_result(mmuext(MMUEXT_NEW_BASEPTR, frame_of(page_table_of((void *)KERNEL_BASE))));
}

static void base_foreign(void)
{
	report_result(mmuext(MMUEXT_NEW_BASEPTR, foreign_frame()));
}

/* An update may write ordinary memory of ours, unchecked. The check comes when the page is to become a table. */
static void update_before_pin(void)
{
	pte_t *l1 = new_read_only_page();

	mmu_update(l1, pte_for(foreign_frame(), WRITABLE), DOMID_SELF);
	report_result(mmuext(MMUEXT_PIN_L1_TABLE, frame_of(l1)));
}

static void update_foreign_table(void)
{
	struct mmu_update update = { .ptr = (uint64_t)foreign_frame() << PAGE_SHIFT, .val = 0 };

	report_result(ask(__HYPERVISOR_mmu_update, (uint32_t)&update, 1, 0, DOMID_SELF));
}

const struct attack table_attacks[] = {
	{ "map-page-table", "maps a page table writable", map_page_table },
	{ "write-page-table", "writes a page table directly", write_page_table },
	{ "write-page-table-assisted", "writes a foreign frame into a page table, with the assist", write_page_table_assisted },
	{ "write-l2-assisted", "writes a second-level table directly, with the assist", write_l2_assisted },
	{ "pin-writable", "pins a page that it can write", pin_writable },
	{ "pin-alias", "pins a page that it can write at another address", pin_alias },
	{ "pin-foreign", "pins a frame that is not its own", pin_foreign },
	{ "pin-poisoned-l1", "pins a page table that names a foreign frame", pin_poisoned_l1 },
	{ "pin-self-mapping-l1", "pins a page table that maps itself writable", pin_self_mapping_l1 },
	{ "pin-garbage-l2", "pins garbage as a second-level table", pin_garbage_l2 },
	{ "pin-l1-as-l2", "pins a first-level table as a second-level one", pin_l1_as_l2 },
	{ "pin-empty-l3", "pins a third-level table without a kernel part", pin_empty_l3 },
	{ "pin-shared-kernel-l2", "pins a second root over the same kernel part", pin_shared_kernel_l2 },
	{ "pin-l4", "pins a level that this machine does not have", pin_l4 },
	{ "pin-beyond-memory", "pins a frame that the machine does not have", pin_beyond_memory },
	{ "unpin-unpinned", "unpins what is not pinned", unpin_unpinned },
	{ "unpin-in-use", "unpins its page tables, then maps their root writable", unpin_in_use },
	{ "large-page", "asks for a large page", large_page },
	{ "global-page", "asks for a global page", global_page },
	{ "l2-self-map", "links a second-level table into itself, writable", l2_self_map },
	{ "overwrite-xen-slot", "takes Xen's part out of its page table", overwrite_xen_slot },
	{ "clear-kernel-l3-slot", "takes the part with Xen out of the root", clear_kernel_l3_slot },
	{ "base-not-l3", "loads CR3 with a table of another level", base_not_l3 },
	{ "base-foreign", "loads CR3 with a frame that is not its own", base_foreign },
	{ "update-before-pin", "writes a foreign frame into a page, then pins the page", update_before_pin },
	{ "update-foreign-table", "updates an entry in a frame that is not its own", update_foreign_table },
	ATTACKS_END,
};
