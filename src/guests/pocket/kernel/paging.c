/*
 * Page tables under direct paging. The processor walks the tables that we build, with machine frames in them; in
 * return we may not write them. Xen checks each entry before it counts: a frame is a page table or writable,
 * never both at once. So the life of a page table is
 *
 *	a page of zeros            we fill it like any memory
 *	made read-only everywhere  update_protection(page, false)
 *	pinned, or linked in       Xen checks all its entries and makes it a page table
 *	changed                    by asking only: update_entry()
 *	unpinned and unlinked      ordinary memory again, update_protection(page, true)
 *
 * Asking costs a trip into Xen, so questions are collected and asked in batches.
 *
 *	linear address   31 30 | 29 ... 21 | 20 ... 12 | 11 ... 0
 *	                  L3   |    L2     |    L1     |  offset
 */
#include "pocket.h"

#define BATCH 64

static pte_t *kernel_l2; /* of the fourth GiB, as the builder made it */
static struct mmu_update batch[BATCH];
static uint32_t batched;

static uint32_t l2_index(uint32_t address)
{
	return address >> 21 & 511;
}

static uint32_t l1_index(uint32_t address)
{
	return address >> 12 & 511;
}

/* The kernel's address of the page that an entry names. */
static void *target(pte_t entry)
{
	return address_of_frame((uint32_t)((entry & PTE_FRAME) >> PAGE_SHIFT));
}

pte_t pte_for(const void *page, uint64_t flags)
{
	return (uint64_t)frame_of(page) << PAGE_SHIFT | flags | PTE_PRESENT;
}

void paging_init(void)
{
	const pte_t *l3 = (const pte_t *)start_info->pt_base;

	kernel_l2 = target(l3[3]);
}

/* The L1 entry that maps a page of the kernel; all address spaces share the kernel's L1 tables. */
pte_t *kernel_l1_entry(const void *address)
{
	pte_t *l1 = target(kernel_l2[l2_index((uint32_t)address)]);

	return &l1[l1_index((uint32_t)address)];
}

/* The builder maps our image, its own pages and at least 512 KiB more; where that ends it does not say, so look. */
uint32_t builder_mapped_end(void)
{
	uint32_t end = start_info->pt_base;

	while (kernel_l2[l2_index(end)] & PTE_PRESENT && *kernel_l1_entry((void *)end) & PTE_PRESENT)
		end += PAGE_SIZE;
	return end;
}

/* Asks for `*entry = value`, at the latest when flush_updates() is called. */
void update_entry(pte_t *entry, pte_t value)
{
	uint64_t machine = (uint64_t)frame_of(entry) << PAGE_SHIFT | ((uint32_t)entry & (PAGE_SIZE - 1));

	batch[batched].ptr = machine | MMU_NORMAL_PT_UPDATE;
	batch[batched].val = value;
	if (++batched == BATCH)
		flush_updates();
}

/* Asks that the kernel's own view of a page be writable, or not. */
void update_protection(const void *page, bool writable)
{
	update_entry(kernel_l1_entry(page), pte_for(page, PTE_ACCESSED | PTE_DIRTY | (writable ? PTE_WRITABLE : 0)));
}

void flush_updates(void)
{
	uint32_t count = batched;

	batched = 0;
	if (count && mmu_update(batch, count) < 0)
		panic("Xen refused a page-table update");
}

/* Makes a whole tree of tables, all read-only by now, into page tables and keeps it so, whether in use or not. */
void pin_l3(pte_t *l3)
{
	struct mmuext_op op = { .cmd = MMUEXT_PIN_L3_TABLE, .arg1 = frame_of(l3) };

	flush_updates();
	if (mmuext_op(&op, 1) < 0)
		panic("Xen refused an address space");
}

void unpin_table(pte_t *table)
{
	struct mmuext_op op = { .cmd = MMUEXT_UNPIN_TABLE, .arg1 = frame_of(table) };

	if (mmuext_op(&op, 1) < 0)
		panic("Xen refused to unpin");
}

/* Each address space has its own L2 for the fourth GiB, because Xen writes its own entries there; ours are alike. */
void kernel_half(pte_t *l2)
{
	for (uint32_t i = 0; i < l2_index(HYPERVISOR_VIRT_START); i++)
		if (kernel_l2[i] & PTE_PRESENT)
			l2[i] = kernel_l2[i];
}
