/*
 * tour=borrow with=DOMAIN: maps a page of another domain in every way there is, those that are refused first, and copies it.
 * The other one runs `tour=lend`.
 */
#include "tours/meeting.h"
#include "tours/probe.h"

static uint16_t from;
static char *place; /* an address without memory */
static struct gnttab_map_grant_ref mapped;

static bool map(uint32_t ref, bool readonly)
{
	grant_map_row(&mapped, place, from, ref, readonly);
	grant_map(&mapped, 1);
	print("borrow: mapping it to %s: %d\n", readonly ? "read" : "write", mapped.status);
	return mapped.status == GNTST_okay;
}

static void unmap(void)
{
	struct gnttab_unmap_grant_ref row;

	grant_unmap_row(&row, &mapped);
	grant_unmap(&row, 1);
}

static void write_on_page(const char *text)
{
	memcpy(place, text, strlen(text) + 1);
}

/* By the number of the frame, as if it were ours. */
static void map_frame(uint32_t mfn)
{
	uint64_t entry = (uint64_t)mfn << PAGE_SHIFT | PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY;

	print("borrow: mapping frame %x: %d\n", mfn, update_va_mapping((uint32_t)place, entry, UVMF_INVLPG));
}

static void borrow_to_write(uint32_t ref)
{
	if (map(ref, false)) {
		print("borrow: the page says '%s'\n", place);
		write_on_page("written by the other");
	}
	say("mapped", ref);
	heard("cleared");
	if (mapped.status == GNTST_okay) {
		write_on_page("written again");
		unmap();
	}
	map(ref, false);
	say("unmapped", ref);
}

static bool borrow_to_read(uint32_t ref)
{
	if (map(ref, false)) {
		write_on_page("written by the other");
		unmap();
	}
	if (!map(ref, true))
		return false;
	PROBE("movb $0, %0", "=m"(*place), "m"(*place));
	print("borrow: writing to it: %s\n", fault_name());
	return true;
}

/* Bytes of the lent page into a page of ours. */
static void copy(uint32_t ref, uint16_t bytes)
{
	char *own = page_allocate();
	struct gnttab_copy row = {
		.source = { .ref = ref, .domid = from },
		.dest = { .ref = frame_of(own), .domid = DOMID_SELF },
		.len = bytes,
		.flags = GNTCOPY_source_gref,
	};

	grant_copy(&row, 1);
	print("borrow: copying %u bytes: %d, '%s'\n", bytes, row.status, own);
	page_release(own);
}

static void borrow(void)
{
	uint32_t ref;
	bool reads;

	if (!option("tour") || strcmp(option("tour"), "borrow"))
		return;
	from = meet();
	place = window_page();
	map_frame(heard("frame"));
	say("tried", 1);
	borrow_to_write(heard("page"));
	ref = heard("page-to-read");
	reads = borrow_to_read(ref);
	copy(ref, PAGE_SIZE);
	copy(ref, 512);
	say("copied", ref);
	outlive("frame");
	if (reads) {
		print("borrow: dom%u is gone, the page says '%s'\n", from, place);
		unmap();
	}
	power_off();
}
DRIVER(9, borrow);
