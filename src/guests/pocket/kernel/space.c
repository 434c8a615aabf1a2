/*
 * The address space of a process: an L3, the L2 of the first GiB with its L1s, and an L2 for the kernel's part.
 *
 * fork() copies the tables, not the pages. Each private page is made read-only on both sides and marked; who
 * writes first gets a copy (fault.c).
 */
#include "pocket.h"

#define ENTRIES 512
#define TABLE_FLAGS (PTE_WRITABLE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

static pte_t *table_at(pte_t entry)
{
	return address_of_frame((uint32_t)((entry & PTE_FRAME) >> PAGE_SHIFT));
}

/* Gives back a space whose tables are ordinary memory, with all pages that nobody shares. */
static void discard(struct space *space)
{
	for (uint32_t i = 0; i < ENTRIES; i++) {
		pte_t *l1;

		if (!(space->l2_user[i] & PTE_PRESENT))
			continue;
		l1 = table_at(space->l2_user[i]);
		for (uint32_t j = 0; j < ENTRIES; j++)
			if (l1[j] & PTE_PRESENT)
				page_release(table_at(l1[j]));
		page_release(l1);
	}
	page_release(space->l2_user);
	page_release(space->l2_kernel);
	page_release(space->l3);
}

/* Three tables, not yet checked by Xen: ordinary memory so far. False when memory has run out. */
static bool build(struct space *space)
{
	pte_t *l3 = page_allocate(), *user = page_allocate(), *kernel = page_allocate();

	if (!l3 || !user || !kernel) {
		page_release(l3);
		page_release(user);
		page_release(kernel);
		return false;
	}
	kernel_half(kernel);
	l3[0] = pte_for(user, 0);
	l3[3] = pte_for(kernel, 0);
	*space = (struct space){ .l3 = l3, .l2_user = user, .l2_kernel = kernel, .heap_end = USER_HEAP };
	return true;
}

static void protect_tables(struct space *space, bool writable)
{
	for (uint32_t i = 0; i < ENTRIES; i++)
		if (space->l2_user[i] & PTE_PRESENT)
			update_protection(table_at(space->l2_user[i]), writable);
	update_protection(space->l2_user, writable);
	update_protection(space->l2_kernel, writable);
	update_protection(space->l3, writable);
	flush_updates();
}

/* All tables read-only in one batch, then one question: is this an address space? */
static void seal(struct space *space)
{
	protect_tables(space, false);
	pin_l3(space->l3);
}

bool space_create(struct space *space)
{
	if (!build(space))
		return false;
	seal(space);
	return true;
}

/* The L1 entry for an address of the first GiB; NULL where there is no L1 table, and none is to be or can be made. */
pte_t *space_entry(struct space *space, uint32_t address, bool create)
{
	pte_t *l2_entry = &space->l2_user[address >> 21 & 511];

	if (!(*l2_entry & PTE_PRESENT)) {
		pte_t *l1;

		l1 = create ? page_allocate() : NULL;
		if (!l1)
			return NULL;
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

/* False when memory has run out; the parent is as it was then, but for marks that its next writes remove. */
bool space_copy(struct space *child, struct space *parent)
{
	struct mmuext_op flush = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };
	bool complete = true;

	if (!build(child))
		return false;
	child->heap_end = parent->heap_end;
	for (uint32_t i = 0; i < ENTRIES; i++) {
		pte_t *l1;

		if (!(parent->l2_user[i] & PTE_PRESENT))
			continue;
		l1 = page_allocate();
		complete = l1 != NULL;
		if (!complete)
			break;
		share_pages(l1, table_at(parent->l2_user[i]));
		child->l2_user[i] = pte_for(l1, TABLE_FLAGS);
	}
	if (complete)
		seal(child);
	else
		discard(child);
	flush_updates();
	mmuext_op(&flush, 1); /* the parent may still have writable translations of what is shared now */
	return complete;
}

/* Must not be the address space that the processor uses. */
void space_destroy(struct space *space)
{
	unpin_table(space->l3); /* the last reference: Xen forgets that any of these were page tables */
	protect_tables(space, true);
	discard(space);
}
