/*
 * tour=lend with=DOMAIN: a page is lent to a domain, first to write, then to read, and taken back politely, rudely, and by dying.
 * The other one runs `tour=borrow`.
 */
#include "tours/meeting.h"

static char *page;

static uint32_t lend_page(uint16_t to, bool readonly)
{
	int ref = grant_access(to, frame_of(page), readonly);

	if (ref < 0)
		panic("no grant is left");
	print("lend: entry %d lets dom%u %s the page\n", ref, to, readonly ? "read" : "use");
	return (uint32_t)ref;
}

static void write_on_page(const char *text)
{
	memcpy(page, text, strlen(text) + 1);
}

/* Lends the page to be written, and clears the entry while the other has it mapped. */
static void lend_for_writing(uint16_t to)
{
	uint32_t ref = lend_page(to, false);

	say("page", ref);
	heard("mapped");
	print("lend: the page says '%s'\n", page);
	print("lend: the entry is %s\n", grant_end(ref) ? "free" : "in use");
	grant_entry(ref)->flags = 0;
	print("lend: the entry is cleared\n");
	say("cleared", ref);
	heard("unmapped");
	print("lend: the page says '%s'\n", page);
	grant_end(ref);
}

/* Lends it to be read, and is gone before the other has unmapped it. */
static void lend_for_reading(uint16_t to)
{
	write_on_page("to be read");
	say("page-to-read", lend_page(to, true));
	heard("copied");
	print("lend: the end\n");
	power_off();
}

static void lend(void)
{
	uint16_t to;

	if (!option("tour") || strcmp(option("tour"), "lend"))
		return;
	to = meet();
	page = page_allocate();
	if (!page)
		panic("no page to lend");
	write_on_page("to be shared");
	say("frame", frame_of(page));
	heard("tried");
	lend_for_writing(to);
	lend_for_reading(to);
}
DRIVER(9, lend);
