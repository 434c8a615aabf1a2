/*
 * run=ptwrite: four ways to write one entry of a page table: directly, directly with Xen's help, by asking for
 * something that Xen must refuse, and by asking properly.
 */
#include "tours/probe.h"

/* A bit that is left to software: setting it changes nothing, so any write of it can be shown safely. */
#define MARK 0x800u

static char *page;
static volatile uint32_t *entry; /* the lower half of the L1 entry that maps `page` */

static void show(const char *what)
{
	if (probe.vector < 0)
		print("ptwrite: %s: done, the entry is %s\n", what, *entry & MARK ? "marked" : "as before");
	else
		print("ptwrite: %s: %s, error %x: the entry is %s\n", what, fault_name(), probe.error,
		      *entry & MARK ? "marked" : "as before");
}

static const char *access_of(const void *address)
{
	return *kernel_l1_entry(address) & PTE_WRITABLE ? "writable" : "read-only";
}

static int ask(const void *of_page, uint64_t flags)
{
	struct mmu_update update = {
		.ptr = (uint64_t)frame_of((void *)entry) << PAGE_SHIFT | ((uint32_t)entry & (PAGE_SIZE - 1)) | MMU_NORMAL_PT_UPDATE,
		.val = pte_for(of_page, PTE_ACCESSED | PTE_DIRTY | flags),
	};

	return mmu_update(&update, 1);
}

void tour_ptwrite(void)
{
	void *table;

	page = page_allocate();
	entry = (volatile uint32_t *)kernel_l1_entry(page);
	table = (void *)((uint32_t)entry & -PAGE_SIZE);
	print("ptwrite: a page of ours is mapped %s; the page table that says so is mapped %s\n", access_of(page), access_of(table));

	PROBE("orl %1, %0", "+m"(*entry), "i"(MARK));
	show("a direct write");

	print("ptwrite: vm_assist(writable_pagetables): %d\n", vm_assist(VMASST_CMD_ENABLE, VMASST_TYPE_WRITABLE_PAGETABLES));
	PROBE("orl %1, %0", "+m"(*entry), "i"(MARK));
	show("a direct write, with the assist");
	vm_assist(VMASST_CMD_DISABLE, VMASST_TYPE_WRITABLE_PAGETABLES);

	print("ptwrite: asking to map the table itself there, writable: %d\n", ask(table, PTE_WRITABLE));
	print("ptwrite: asking to map the table itself there, read-only: %d\n", ask(table, 0));
	print("ptwrite: asking to map the old page there again: %d\n", ask(page, PTE_WRITABLE));
	page[0] = 1;
	print("ptwrite: and it can be written, as before\n");
}
