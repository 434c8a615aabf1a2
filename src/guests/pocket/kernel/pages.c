/*
 * Memory in pages. What the builder mapped behind our image and its own pages is ours to give away: a few
 * hundred pages, enough for a handful of small processes.
 *
 * Two names for a page: the kernel sees it at a fixed address from KERNEL_BASE up (its pseudo-physical number);
 * page tables name it by machine frame. start_info's list leads from the first to the second, Xen's table back.
 */
#include "pocket.h"

#define MOST_PAGES MEMORY_PAGES

static uint8_t sharers[MOST_PAGES]; /* 0: free */
static void *free_list;		    /* each free page begins with the address of the next */
static char *fresh, *fresh_end;	    /* never used so far */

static uint32_t page_number(const void *address)
{
	return ((uint32_t)address - KERNEL_BASE) >> PAGE_SHIFT;
}

uint32_t frame_of(const void *address)
{
	return ((const uint32_t *)start_info->mfn_list)[page_number(address)];
}

void *address_of_frame(uint32_t mfn)
{
	const uint32_t *machine_to_phys = (const uint32_t *)MACH2PHYS_VIRT_START;

	return (void *)(KERNEL_BASE + (machine_to_phys[mfn] << PAGE_SHIFT));
}

void pages_init(void)
{
	uint32_t most = KERNEL_BASE + MOST_PAGES * PAGE_SIZE;
	uint32_t end = builder_mapped_end();

	fresh = (char *)start_info->pt_base + start_info->nr_pt_frames * PAGE_SIZE;
	fresh_end = (char *)(end < most ? end : most);
}

/* A page of zeros with one owner, or NULL when there is none left. */
void *page_allocate(void)
{
	void *page = free_list;

	if (page) {
		free_list = *(void **)page;
	} else {
		if (fresh == fresh_end)
			return NULL;
		page = fresh;
		fresh += PAGE_SIZE;
	}
	sharers[page_number(page)] = 1;
	return memset(page, 0, PAGE_SIZE);
}

void page_share(const void *page)
{
	sharers[page_number(page)]++;
}

bool page_is_shared(const void *page)
{
	return sharers[page_number(page)] > 1;
}

/* Pages of the kernel's image (the programs) have no count: they stay. NULL is no page, and fine. */
void page_release(void *page)
{
	if (!page || !sharers[page_number(page)] || --sharers[page_number(page)])
		return;
	*(void **)page = free_list;
	free_list = page;
}

#ifdef KERNEL_UPON_POCKET
/* More pages that have never been used: those up to `end`, which have got an address. Nothing is written to them before they are given away. */
void pages_reach(uint32_t end)
{
	fresh_end = (char *)end;
}
#endif
