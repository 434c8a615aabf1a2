/*
 * All memory. The builder maps this kernel and a little more; the rest of what the domain has is there, but has no address yet. It
 * gets one here, behind what is mapped, so that a page's place in virtual memory is still its pseudo-physical number.
 *
 * The L2 that the builder made is changed before there is any process: each address space copies it (kernel_half() in paging.c), so
 * what is in it by then is in all of them, and later changes go into the L1 tables, which all have in common.
 */
#include "io.h"

#define ENTRIES 512
#define REACH (ENTRIES * PAGE_SIZE) /* of one L1 table */
#define WINDOW 0xe0000000u
#define WINDOW_TABLES 4

static pte_t *kernel_l2(void)
{
	const pte_t *l3 = (const pte_t *)start_info->pt_base;

	return address_of_frame((uint32_t)((l3[3] & PTE_FRAME) >> PAGE_SHIFT));
}

/* Makes a filled page the L1 table for the 2 MiB at `address`. */
static void link_table(pte_t *l1, uint32_t address)
{
	update_protection(l1, false);
	update_entry(&kernel_l2()[address >> 21 & 511], pte_for(l1, PTE_WRITABLE | PTE_USER | PTE_ACCESSED | PTE_DIRTY));
	flush_updates();
}

static pte_t *new_table(void)
{
	pte_t *l1 = page_allocate();

	if (!l1)
		panic("no memory for a page table");
	return l1;
}

static void map_pages(uint32_t from, uint32_t end)
{
	pte_t *l1 = new_table();

	for (uint32_t page = from; page < end; page += PAGE_SIZE)
		l1[page >> PAGE_SHIFT & 511] = pte_for((void *)page, PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY);
	link_table(l1, from);
}

/* Gives an address to all pages that have none, hands them to the allocator, and prepares the window. */
void memory_grow(void)
{
	uint32_t mapped = builder_mapped_end();
	uint32_t pages = start_info->nr_pages < MEMORY_PAGES ? start_info->nr_pages : MEMORY_PAGES;
	uint32_t end = KERNEL_BASE + pages * PAGE_SIZE;

	for (uint32_t from = mapped; from < end; from += REACH)
		map_pages(from, end - from < REACH ? end : from + REACH);
	if (end > mapped)
		pages_reach(end);
	for (uint32_t i = 0; i < WINDOW_TABLES; i++)
		link_table(new_table(), WINDOW + i * REACH);
}

/*
 * The window: addresses without memory, for pages of others. Ranges are for ever; single pages come and go.
 */
static uint32_t window_used;
static void *window_free[WINDOW_TABLES * ENTRIES];
static uint32_t window_frees;

/* Addresses of so many pages in a row, with nothing there yet; NULL where the window is full. */
void *window_range(uint32_t pages)
{
	uint32_t first = window_used;

	if (pages > WINDOW_TABLES * ENTRIES - window_used)
		return NULL;
	window_used += pages;
	return (void *)(WINDOW + first * PAGE_SIZE);
}

void *window_page(void)
{
	return window_frees ? window_free[--window_frees] : window_range(1);
}

/* How many pages there are still addresses for. */
uint32_t window_room(void)
{
	return window_frees + WINDOW_TABLES * ENTRIES - window_used;
}

/* Nothing may be mapped there any more. NULL is no page, and fine. */
void window_release(void *page)
{
	if (page)
		window_free[window_frees++] = page;
}

/* Maps a machine frame that is no memory of ours, one of Xen's for instance. */
void window_map_frame(void *at, uint32_t mfn, uint64_t flags)
{
	if (update_va_mapping((uint32_t)at, (uint64_t)mfn << PAGE_SHIFT | PTE_PRESENT | flags, UVMF_INVLPG) < 0)
		panic("Xen refused to map a frame");
}
