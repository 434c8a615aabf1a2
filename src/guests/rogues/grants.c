/* Attacks by grant: pages that nobody granted, and grants used for what they are not. */
#include "rogue.h"

#define FIRST_FREE GNTTAB_NR_RESERVED_ENTRIES
#define DOMAINS 8

static struct grant_entry_v1 *grants;

static int32_t grant_op(uint32_t op, void *requests, uint32_t count)
{
	return ask(__HYPERVISOR_grant_table_op, op, (uint32_t)requests, count, 0);
}

/* The status by its place: the call that writes it is the other argument. */
static void report_status(int32_t result, const int16_t *status)
{
	if (result < 0 || *status >= 0) {
		report_result(result < 0 ? result : *status);
		return;
	}
	say_start();
	say(": refused, status -");
	say_number((uint32_t)-*status);
	say("\n");
}

/* Sets up our grant table. @returns our own number, which nobody tells us: the one by which we may use a grant of our own */
static uint32_t own_domain(void)
{
	static uint32_t list;
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1, .frame_list = (uint32_t)&list };
	char *page = new_page(), *victim = new_page();

	grant_op(GNTTABOP_setup_table, &setup, 1);
	update_va_mapping(page, pte_for(list, WRITABLE));
	grants = (struct grant_entry_v1 *)page;
	for (uint16_t dom = 1; dom < DOMAINS; dom++) {
		struct gnttab_copy copy = { .source = { FIRST_FREE, dom, 0 }, .dest = { frame_of(victim), DOMID_SELF, 0 },
					    .len = 1, .flags = GNTCOPY_source_gref };

		grants[FIRST_FREE] = (struct grant_entry_v1){ GTF_permit_access, dom, frame_of(victim) };
		if (grant_op(GNTTABOP_copy, &copy, 1) == 0 && copy.status == GNTST_okay)
			return dom;
	}
	return 0;
}

/* Every reference of everybody. The builder has granted the rings of each domain, but to domain 0. */
static void map_ungranted(void)
{
	uint32_t own = own_domain();
	void *page = new_page();
	uint32_t mapped = 0;

	for (uint16_t dom = 0; dom < DOMAINS; dom++) {
		for (uint32_t ref = 0; dom != own && ref < 512; ref++) {
			struct gnttab_map_grant_ref map = { .host_addr = (uint32_t)page, .flags = GNTMAP_host_map, .ref = ref, .dom = dom };

			if (grant_op(GNTTABOP_map_grant_ref, &map, 1) == 0 && map.status == GNTST_okay)
				mapped++;
		}
	}
	report(mapped ? "GOT THROUGH" : "refused, each of them");
}

static void unmap_forged(void)
{
	void *page = new_page();
	uint32_t unmapped = 0;

	for (uint32_t handle = 0; handle < 1024; handle++) {
		struct gnttab_unmap_grant_ref unmap = { .host_addr = (uint32_t)page, .handle = handle };

		if (grant_op(GNTTABOP_unmap_grant_ref, &unmap, 1) != 0 || unmap.status != GNTST_bad_handle)
			unmapped++;
	}
	report(unmapped ? "GOT THROUGH" : "refused, each of them");
}

/* A grant of a page that is not ours, to ourselves. */
static void grant_foreign(void)
{
	uint16_t own = (uint16_t)own_domain();
	struct gnttab_map_grant_ref map = { .host_addr = (uint32_t)new_page(), .flags = GNTMAP_host_map, .ref = FIRST_FREE, .dom = own };

	grants[FIRST_FREE] = (struct grant_entry_v1){ GTF_permit_access, own, foreign_frame() };
	report_status(grant_op(GNTTABOP_map_grant_ref, &map, 1), &map.status);
}

/* Our own page table, writable, by way of a grant that looks at it only and then is another. */
static void grant_page_table(void)
{
	uint16_t own = (uint16_t)own_domain();
	char *page = new_page(), *decoy = new_page();
	uint32_t table = frame_of((void *)((uint32_t)entry_of(page) & ~(PAGE_SIZE - 1)));
	struct gnttab_map_grant_ref look = { .host_addr = (uint32_t)page, .flags = GNTMAP_host_map | GNTMAP_readonly, .ref = FIRST_FREE, .dom = own };
	struct gnttab_copy copy = { .source = { frame_of(decoy), DOMID_SELF, 0 }, .dest = { FIRST_FREE, own, 0 },
				    .len = 8, .flags = GNTCOPY_dest_gref };

	grants[FIRST_FREE] = (struct grant_entry_v1){ GTF_permit_access, own, table };
	grant_op(GNTTABOP_map_grant_ref, &look, 1);
	if (look.status != GNTST_okay) {
		report_status(0, &look.status);
		return;
	}
	grants[FIRST_FREE].frame = frame_of(decoy);
	report_status(grant_op(GNTTABOP_copy, &copy, 1), &copy.status);
}

/* What one request of a batch may do, the next one may not. */
static void copy_foreign(void)
{
	uint16_t own = (uint16_t)own_domain();
	char *page = new_page();
	struct gnttab_copy copies[2] = {
		{ .source = { FIRST_FREE, own, 0 }, .dest = { frame_of(page), DOMID_SELF, 0 }, .len = 8, .flags = GNTCOPY_source_gref },
		{ .source = { foreign_frame(), own, 0 }, .dest = { frame_of(page), DOMID_SELF, 0 }, .len = 8 },
	};

	report_status(grant_op(GNTTABOP_copy, copies, 2), &copies[1].status);
}

static void copy_over_page_table(void)
{
	char *page = new_page();
	uint32_t table = frame_of((void *)((uint32_t)entry_of(page) & ~(PAGE_SIZE - 1)));
	struct gnttab_copy copy = { .source = { frame_of(page), DOMID_SELF, 0 }, .dest = { table, DOMID_SELF, 0 }, .len = 8 };

	report_status(grant_op(GNTTABOP_copy, &copy, 1), &copy.status);
}

static void transfer(uint32_t mfn)
{
	struct gnttab_transfer transfer = { .mfn = mfn, .domid = 0, .ref = FIRST_FREE };

	report_status(grant_op(GNTTABOP_transfer, &transfer, 1), &transfer.status);
}

static void transfer_page_table(void)
{
	transfer(frame_of((void *)start_info->pt_base));
}

static void transfer_foreign(void)
{
	transfer(foreign_frame());
}

/* A mapping that is gone already, by an ordinary update. */
static void unmap_overwritten(void)
{
	uint16_t own = (uint16_t)own_domain();
	char *page = new_page(), *granted = new_page();
	struct gnttab_map_grant_ref map = { .host_addr = (uint32_t)page, .flags = GNTMAP_host_map, .ref = FIRST_FREE, .dom = own };
	struct gnttab_unmap_grant_ref unmap = { .host_addr = (uint32_t)page };

	grants[FIRST_FREE] = (struct grant_entry_v1){ GTF_permit_access, own, frame_of(granted) };
	grant_op(GNTTABOP_map_grant_ref, &map, 1);
	update_va_mapping(page, 0);
	unmap.handle = map.handle;
	report_status(grant_op(GNTTABOP_unmap_grant_ref, &unmap, 1), &unmap.status);
}

const struct attack grant_attacks[] = {
	{ "grant-map-ungranted", "maps what others did not grant it", map_ungranted },
	{ "grant-unmap-forged", "unmaps by handles that it never got", unmap_forged },
	{ "grant-foreign", "grants itself a page that is not its own", grant_foreign },
	{ "grant-page-table", "copies over its page table by a grant that it changed", grant_page_table },
	{ "grant-copy-foreign", "copies from a frame of another domain behind a copy that it may make", copy_foreign },
	{ "grant-copy-page-table", "copies over its own page table", copy_over_page_table },
	{ "grant-transfer-page-table", "gives its page table away", transfer_page_table },
	{ "grant-transfer-foreign", "gives a frame of another domain away", transfer_foreign },
	{ "grant-unmap-overwritten", "unmaps what it has overwritten", unmap_overwritten },
	ATTACKS_END,
};
