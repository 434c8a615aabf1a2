/* Attacks on frames: mapping, freeing or renaming what is not ours. */
#include "rogue.h"

static void map_foreign(void)
{
	void *page = new_page();

	report_result(update_va_mapping(page, pte_for(foreign_frame(), WRITABLE)));
}

static void map_foreign_read_only(void)
{
	void *page = new_page();

	report_result(update_va_mapping(page, pte_for(foreign_frame(), 0)));
}

static void map_io(void)
{
	void *page = new_page();

	report_result(update_va_mapping(page, pte_for(0xb8, WRITABLE)));
}

static void map_beyond_memory(void)
{
	void *page = new_page();

	report_result(update_va_mapping(page, pte_for(0x7fffff, WRITABLE)));
}

/* Xen's own entries can be read in our L2; the frame that they name must stay out of reach. */
static void map_m2p(void)
{
	pte_t xen = *l2_entry_of((void *)MACH2PHYS_VIRT_START);

	report_result(update_va_mapping(new_page(), pte_for((uint32_t)((xen & FRAME) >> PAGE_SHIFT), WRITABLE)));
}

static void map_as_xen(void)
{
	void *page = new_page();

	report_result(mmu_update(entry_of(page), pte_for(foreign_frame(), WRITABLE), DOMID_XEN));
}

static void map_as_other(void)
{
	void *page = new_page();

	report_result(mmu_update(entry_of(page), pte_for(foreign_frame(), WRITABLE), 77));
}

static struct xen_memory_reservation one_frame(uint32_t *frame)
{
	return (struct xen_memory_reservation){ .extent_start = (uint32_t)frame, .nr_extents = 1, .domid = DOMID_SELF };
}

/* Reservation calls say how many frames they did. */
static void report_frames(int32_t done)
{
	if (done == 0)
		report("no effect: 0 of 1 frames");
	else
		report_result(done);
}

/* Allowed, but the frame must live on until the last mapping is gone, and then be nobody's. */
static void free_mapped(void)
{
	volatile char *page = new_page();
	uint32_t frame = frame_of((void *)page);
	struct xen_memory_reservation reservation = one_frame(&frame);

	if (memory_op(XENMEM_decrease_reservation, &reservation) != 1) {
		report("the frame could not be given back");
		return;
	}
	page[0] = 1;
	update_va_mapping((void *)page, 0);
	report_result(update_va_mapping((void *)page, pte_for(frame, WRITABLE)));
}

static void free_page_table(void)
{
	pte_t *l1 = (pte_t *)((uint32_t)entry_of((void *)KERNEL_BASE) & -PAGE_SIZE);
	uint32_t frame = frame_of(l1);
	struct xen_memory_reservation reservation = one_frame(&frame);

	memory_op(XENMEM_decrease_reservation, &reservation);
	report_result(update_va_mapping(new_page(), pte_for(frame, WRITABLE)));
}

static void free_foreign(void)
{
	uint32_t frame = foreign_frame();
	struct xen_memory_reservation reservation = one_frame(&frame);

	report_frames(memory_op(XENMEM_decrease_reservation, &reservation));
}

static void take_too_much(void)
{
	uint32_t frame = 0;
	struct xen_memory_reservation reservation = one_frame(&frame);

	report_frames(memory_op(XENMEM_increase_reservation, &reservation));
}

static void free_for_other(void)
{
	uint32_t frame = foreign_frame();
	struct xen_memory_reservation reservation = one_frame(&frame);

	reservation.domid = 77;
	report_frames(memory_op(XENMEM_decrease_reservation, &reservation));
}

static void rename_foreign(void)
{
	struct mmu_update update = {
		.ptr = (uint64_t)foreign_frame() << PAGE_SHIFT | MMU_MACHPHYS_UPDATE,
		.val = 0,
	};

	report_result(ask(__HYPERVISOR_mmu_update, (uint32_t)&update, 1, 0, DOMID_SELF));
}

static void clear_foreign(void)
{
	report_result(mmuext(MMUEXT_CLEAR_PAGE, foreign_frame()));
}

static void clear_page_table(void)
{
	report_result(mmuext(MMUEXT_CLEAR_PAGE, frame_of((void *)((uint32_t)entry_of((void *)KERNEL_BASE) & -PAGE_SIZE))));
}

static void write_m2p(void)
{
	TRY("movl $0, %0", "=m"(*(uint32_t *)MACH2PHYS_VIRT_START) :);
	report_fault();
}

static void read_xen(void)
{
	uint32_t value = 0;

	TRY("movl %1, %0", "+r"(value) : "m"(*(uint32_t *)XEN_TEXT));
	report_fault();
}

static void write_xen(void)
{
	TRY("movl $0, %0", "=m"(*(uint32_t *)XEN_TEXT) :);
	report_fault();
}

static void map_in_xen(void)
{
	void *page = new_page();

	report_result(update_va_mapping((void *)XEN_TEXT, pte_for(frame_of(page), WRITABLE)));
}

const struct attack memory_attacks[] = {
	{ "map-foreign", "maps a frame that is not its own, writable", map_foreign },
	{ "map-foreign-read-only", "maps a frame that is not its own, only to read", map_foreign_read_only },
	{ "map-io", "maps the memory of a device", map_io },
	{ "map-beyond-memory", "maps a frame that the machine does not have", map_beyond_memory },
	{ "map-m2p", "maps the frame of Xen's own table, writable", map_m2p },
	{ "map-as-xen", "maps a frame in the name of Xen", map_as_xen },
	{ "map-as-other", "maps a frame in the name of a domain that is not there", map_as_other },
	{ "free-mapped", "gives a frame back that it still maps, then takes it again", free_mapped },
	{ "free-page-table", "gives a page table in use back, then maps it writable", free_page_table },
	{ "free-foreign", "gives a frame back that is not its own", free_foreign },
	{ "free-for-other", "gives a frame back for another domain", free_for_other },
	{ "take-too-much", "takes a frame more than it may have", take_too_much },
	{ "rename-foreign", "changes the number of a frame that is not its own", rename_foreign },
	{ "clear-foreign", "lets Xen clear a frame that is not its own", clear_foreign },
	{ "clear-page-table", "lets Xen clear a page table in use", clear_page_table },
	{ "write-m2p", "writes Xen's table of frames", write_m2p },
	{ "read-xen", "reads Xen's memory", read_xen },
	{ "write-xen", "writes Xen's memory", write_xen },
	{ "map-in-xen", "maps a page of its own among Xen's addresses", map_in_xen },
	ATTACKS_END,
};
