/*
 * Page faults are how a process gets its memory: nothing is mapped before it is touched. What a page is
 * made of depends on where it lies; a write to a shared page brings a copy.
 */
#include "pocket.h"

#define ERROR_WRITE 2

/* The programs, as the linker laid them out: where they run, and where their bytes are in the kernel's image. */
extern char programs_start[], programs_data[], programs_end[], programs_image[];

#define USER_FLAGS (PTE_USER | PTE_ACCESSED)

static bool within(uint32_t address, uint32_t from, uint32_t to)
{
	return address >= from && address < to;
}

static bool in_programs(uint32_t address)
{
	return within(address, (uint32_t)programs_start, (uint32_t)programs_end);
}

static bool in_data(uint32_t address)
{
	return within(address, (uint32_t)programs_data, (uint32_t)programs_end);
}

static bool in_heap_or_stack(uint32_t address)
{
	return within(address, USER_HEAP, current->space.heap_end) ||
	       within(address, USER_STACK_TOP - USER_STACK_PAGES * PAGE_SIZE, USER_STACK_TOP);
}

/* Whether the current process may hand these bytes to the kernel: then faults on them are served like its own. */
bool user_range(uint32_t address, uint32_t length, bool to_be_written)
{
	if (address + length < address)
		return false;
	for (uint32_t page = address & -PAGE_SIZE; page < address + length; page += PAGE_SIZE)
		if (!in_data(page) && !in_heap_or_stack(page) && (to_be_written || !in_programs(page)))
			return false;
	return true;
}

/*
 * Writes the entry for an address of the running process, and makes the processor forget the old one. False when
 * memory has run out, as it may anywhere below: then the process cannot go on.
 */
static bool map(uint32_t address, pte_t entry)
{
	if (!space_entry(&current->space, address, true))
		return false;
	if (update_va_mapping(address, entry, UVMF_INVLPG | UVMF_LOCAL) < 0)
		panic("Xen refused to map a page");
	return true;
}

static bool map_private(uint32_t address, const void *content)
{
	void *page = page_allocate();

	if (!page)
		return false;
	if (content)
		memcpy(page, content, PAGE_SIZE);
	if (map(address, pte_for(page, USER_FLAGS | PTE_DIRTY | PTE_WRITABLE)))
		return true;
	page_release(page);
	return false;
}

/* The page of the programs' image behind an address: one copy for all processes. */
static void *image_page(uint32_t address)
{
	return programs_image + ((address & -PAGE_SIZE) - (uint32_t)programs_start);
}

static bool touch(uint32_t address, bool write)
{
	if (in_heap_or_stack(address))
		return map_private(address, NULL);
	if (!in_programs(address))
		return false;
	if (write)
		return in_data(address) && map_private(address, image_page(address));
	return map(address, pte_for(image_page(address), USER_FLAGS));
}

/* A write to a page that is there but read-only: text, untouched data, or a page shared by fork(). */
static bool write_to_present(uint32_t address, pte_t entry)
{
	void *page = address_of_frame((uint32_t)((entry & PTE_FRAME) >> PAGE_SHIFT));

	if (!(entry & PTE_COW))
		return touch(address, true);
	if (page_is_shared(page)) {
		if (!map_private(address, page))
			return false;
		page_release(page);
		return true;
	}
	return map(address, (entry & ~PTE_COW) | PTE_WRITABLE | PTE_DIRTY); /* the others have gone: it is ours alone */
}

/* Serves a fault of the running process; false where it has no business at that address, or memory has run out. */
bool page_fault(uint32_t address, uint32_t error)
{
	bool write = error & ERROR_WRITE;
	pte_t *entry = address < USER_STACK_TOP ? space_entry(&current->space, address, false) : NULL;

	current->faults++;
	if (entry && *entry & PTE_PRESENT)
		return write && write_to_present(address, *entry);
	return touch(address, write);
}
