/*
 * The address space of a process: an L3, the L2 of the first GiB with its L1s, and an L2 for the kernel's part.
 *
 * fork() copies the tables, not the pages. Each private page is made read-only on both sides and marked; who
 * writes first gets a copy (fault.c).
 */
#include "pocket.h"

#define ENTRIES 512
#define TABLE_FLAGS (PTE_WRITABLE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

static void *new_table(void)
{
	void *page = page_allocate();

	if (!page)
		panic("no memory for a page table");
	return page;
}

static pte_t *table_at(pte_t entry)
{
	return address_of_frame((uint32_t)((entry & PTE_FRAME) >> PAGE_SHIFT));
}

/* Three tables, not yet checked by Xen: ordinary memory so far. */
static void build(struct space *space)
{
	space->l3 = new_table();
	space->l2_user = new_table();
	space->l2_kernel = new_table();
	kernel_half(space->l2_kernel);
	space->l3[0] = pte_for(space->l2_user, 0);
	space->l3[3] = pte_for(space->l2_kernel, 0);
}

/* All tables read-only in one batch, then one question: is this an address space? */
static void seal(struct space *space)
{
	for (uint32_t i = 0; i < ENTRIES; i++)
		if (space->l2_user[i] & PTE_PRESENT)
			update_protection(table_at(space->l2_user[i]), false);
	update_protection(space->l2_user, false);
	update_protection(space->l2_kernel, false);
	update_protection(space->l3, false);
	pin_l3(space->l3);
}

void space_create(struct space *space)
{
	build(space);
	space->heap_end = USER_HEAP;
	seal(space);
}

/* The L1 entry for an address of the first GiB; NULL where there is no L1 table and none is to be made. */
pte_t *space_entry(struct space *space, uint32_t address, bool create)
{
	pte_t *l2_entry = &space->l2_user[address >> 21 & 511];

	if (!(*l2_entry & PTE_PRESENT)) {
		pte_t *l1;

		if (!create)
			return NULL;
		l1 = new_table();
		update_protection(l1, false); /* in this order: Xen takes no table that is writable somewhere */
		update_entry(l2_entry, pte_for(l1, TABLE_FLAGS));
		flush_updates();
	}
	return &table_at(*l2_entry)[address >> 12 & 511];
}

/* One L1 table of the parent (in use, so changed by asking) into one of the child (still plain memory). */
static void share_pages(pte_t *child, pte_t *parent)
{
	for (uint32_t i = 0; i < ENTRIES; i++) {
		pte_t entry = parent[i];

		if (!(entry & PTE_PRESENT))
			continue;
		if (entry & PTE_WRITABLE) {
			entry = (entry & ~PTE_WRITABLE) | PTE_COW;
			update_entry(&parent[i], entry);
		}
		if (entry & PTE_COW)
			page_share(table_at(entry));
		child[i] = entry;
	}
}

void space_copy(struct space *child, struct space *parent)
{
	struct mmuext_op flush = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };

	build(child);
	child->heap_end = parent->heap_end;
	for (uint32_t i = 0; i < ENTRIES; i++) {
		pte_t *l1;

		if (!(parent->l2_user[i] & PTE_PRESENT))
			continue;
		l1 = new_table();
		share_pages(l1, table_at(parent->l2_user[i]));
		child->l2_user[i] = pte_for(l1, TABLE_FLAGS);
	}
	seal(child);
	mmuext_op(&flush, 1); /* the parent may still have writable translations of what is shared now */
}

static void release_pages(pte_t *l1)
{
	for (uint32_t i = 0; i < ENTRIES; i++)
		if (l1[i] & PTE_PRESENT)
			page_release(table_at(l1[i]));
}

/* Must not be the address space that the processor uses. */
void space_destroy(struct space *space)
{
	pte_t *tables[ENTRIES / 8];
	uint32_t count = 0;

	for (uint32_t i = 0; i < ENTRIES; i++) {
		if (!(space->l2_user[i] & PTE_PRESENT))
			continue;
		tables[count++] = table_at(space->l2_user[i]);
		release_pages(table_at(space->l2_user[i]));
	}
	tables[count++] = space->l2_user;
	tables[count++] = space->l2_kernel;
	tables[count++] = space->l3;

	unpin_table(space->l3); /* the last reference: Xen forgets that any of these were page tables */
	for (uint32_t i = 0; i < count; i++)
		update_protection(tables[i], true);
	flush_updates();
	for (uint32_t i = 0; i < count; i++)
		page_release(tables[i]);
}
