/*
 * Grants: how a page is lent. We write into our grant table who may use which frame; he maps it by the number of the entry, or has
 * Xen copy from or to it. While he has it mapped, Xen holds the entry: a page comes back when he lets go, not when we wish.
 */
#include "io.h"

#define FRAMES 4
#define ENTRIES (FRAMES * PAGE_SIZE / sizeof(struct grant_entry_v1))

static volatile struct grant_entry_v1 *table;
static uint16_t free_refs[ENTRIES];
static uint32_t frees;

static int grant_table_op(uint32_t op, void *rows, uint32_t count)
{
	return HYPERCALL(grant_table_op, op, rows, count, 0, 0);
}

static void grants_start(void)
{
	uint32_t frames[FRAMES];
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = FRAMES, .frame_list = (uint32_t)frames };

	if (grant_table_op(GNTTABOP_setup_table, &setup, 1) < 0 || setup.status != GNTST_okay)
		panic("Xen refused a grant table");
	table = window_range(FRAMES);
	for (uint32_t i = 0; i < FRAMES; i++)
		window_map_frame((char *)table + i * PAGE_SIZE, frames[i], PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY);
	for (uint32_t ref = ENTRIES; ref-- > GNTTAB_NR_RESERVED_ENTRIES;)
		free_refs[frees++] = (uint16_t)ref;
}
DRIVER(1, grants_start);

/* Lends a frame to a domain; the reference, or -ENOSPC. */
int grant_access(uint16_t domain, uint32_t mfn, bool readonly)
{
	uint32_t ref;

	if (!frees)
		return -ENOSPC;
	ref = free_refs[--frees];
	table[ref].frame = mfn;
	table[ref].domid = domain;
	asm volatile("" ::: "memory"); /* all of an entry, then the flags that make it one */
	table[ref].flags = (uint16_t)(GTF_permit_access | (readonly ? GTF_readonly : 0));
	return (int)ref;
}

/* The entry itself: we may write into it what we like. */
volatile struct grant_entry_v1 *grant_entry(uint32_t ref)
{
	return &table[ref];
}

/* Whether the other domain has it mapped. */
bool grant_in_use(uint32_t ref)
{
	return table[ref].flags & (GTF_reading | GTF_writing);
}

/* Takes a page back; false while it is mapped: then the entry stays, and the page must not be used for anything else. */
bool grant_end(uint32_t ref)
{
	uint16_t flags = table[ref].flags;

	do {
		if (flags & (GTF_reading | GTF_writing))
			return false;
	} while (!__atomic_compare_exchange_n(&table[ref].flags, &flags, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	free_refs[frees++] = (uint16_t)ref;
	return true;
}

/* Pages that were to be given back while others still had them mapped, looked at again every second. */
static struct kept {
	struct kept *next;
	uint32_t ref;
	void *page;
} *kept;
static struct timer look_again;

static void end_kept(struct timer *timer)
{
	struct kept **place = &kept;

	while (*place) {
		struct kept *entry = *place;

		if (!grant_end(entry->ref)) {
			place = &entry->next;
			continue;
		}
		*place = entry->next;
		page_release(entry->page);
		release(entry);
	}
	if (kept)
		timer_set(timer, system_time() + SECOND);
}

/* Gives up a grant and its page, now or once the other domain has let go; without memory to remember it, never. */
void grant_end_and_release(uint32_t ref, void *page)
{
	struct kept *entry;

	if (grant_end(ref)) {
		page_release(page);
		return;
	}
	entry = allocate(sizeof(*entry));
	if (!entry)
		return;
	*entry = (struct kept){ .next = kept, .ref = ref, .page = page };
	kept = entry;
	look_again.expired = end_kept;
	timer_set(&look_again, system_time() + SECOND);
}

/* Rows of a batch. `at` is an address from window_page(); a mapping's `dev_bus_addr` is where a device finds the page. */
void grant_map_row(struct gnttab_map_grant_ref *row, const void *at, uint16_t domain, uint32_t ref, bool readonly)
{
	*row = (struct gnttab_map_grant_ref){
		.host_addr = (uint32_t)at,
		.flags = (uint32_t)(GNTMAP_host_map | (readonly ? GNTMAP_readonly : 0)),
		.ref = ref,
		.dom = domain,
	};
}

void grant_unmap_row(struct gnttab_unmap_grant_ref *row, const struct gnttab_map_grant_ref *mapped)
{
	*row = (struct gnttab_unmap_grant_ref){ .host_addr = mapped->host_addr, .handle = mapped->handle };
}

/* One trip into Xen each. Whether a row succeeded is for the caller to see, in its `status`. */
void grant_map(struct gnttab_map_grant_ref *rows, uint32_t count)
{
	if (grant_table_op(GNTTABOP_map_grant_ref, rows, count) < 0)
		panic("Xen refused a batch of grants to map");
}

void grant_unmap(struct gnttab_unmap_grant_ref *rows, uint32_t count)
{
	if (grant_table_op(GNTTABOP_unmap_grant_ref, rows, count) < 0)
		panic("Xen refused a batch of grants to unmap");
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].status != GNTST_okay)
			panic("a granted page could not be unmapped");
}

void grant_copy(struct gnttab_copy *rows, uint32_t count)
{
	if (grant_table_op(GNTTABOP_copy, rows, count) < 0)
		panic("Xen refused a batch of grants to copy");
}

/* Offers to take a page over from a domain, at the place of a pseudo-physical page that has no memory now; or -ENOSPC. */
int grant_accept(uint16_t domain, uint32_t page_number)
{
	uint32_t ref;

	if (!frees)
		return -ENOSPC;
	ref = free_refs[--frees];
	table[ref].frame = page_number;
	table[ref].domid = domain;
	asm volatile("" ::: "memory");
	table[ref].flags = GTF_accept_transfer;
	return (int)ref;
}

/* Ends such an offer: the frame that came, or 0 where none has. Xen commits first and fills in the frame then. */
uint32_t grant_accepted(uint32_t ref)
{
	uint16_t flags = GTF_accept_transfer;
	uint32_t mfn;

	if (__atomic_compare_exchange_n(&table[ref].flags, &flags, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		free_refs[frees++] = (uint16_t)ref;
		return 0;
	}
	while (!(table[ref].flags & GTF_transfer_completed))
		sched_op(SCHEDOP_yield, NULL);
	mfn = table[ref].frame;
	table[ref].flags = 0;
	free_refs[frees++] = (uint16_t)ref;
	return mfn;
}
