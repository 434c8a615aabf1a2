/*
 * Page flipping: a packet changes hands by its page changing hands, and no byte of it is copied. What that costs is in
 * the page tables. A page is taken out of our address space, becomes somebody else's, and another frame of memory comes
 * in its place, at the same address; so for each packet there are two changes of an entry on each side, and a change of
 * both translations between frames and page numbers: ours (start_info's list) and Xen's.
 *
 *	receiver                                  sender
 *	flip_give_back()  a page goes to Xen,
 *	grant_accept()    an offer is made ---->  flip_away()  the page with the packet goes,
 *	                                                       a fresh one comes from Xen
 *	grant_accepted()  the frame that came
 *	flip_take()       it gets its address
 *
 * The number of pages that a domain has stays the same, counted over all; so nobody pays for the packets of others.
 * The page goes with all that is in it, so the sender clears what is around the packet: other domains' packets may
 * have been there before.
 */
#include "flip.h"

#define NO_FRAME 0xffffffffu
#define MAPPED (PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY)

static struct multicall_entry calls[FLIPS + 2];
static uint32_t call_count;

static void add_call(uint32_t op, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	calls[call_count++] = (struct multicall_entry){ .op = op, .args = { a, b, c, d } };
}

/* One trip for all; every call must succeed. */
static void make_calls(const char *refusal)
{
	uint32_t count = call_count;

	call_count = 0;
	if (multicall(calls, count) < 0)
		panic(refusal);
	for (uint32_t i = 0; i < count; i++)
		if ((int32_t)calls[i].result < 0)
			panic(refusal);
}

static uint32_t *frame_entry(const struct packet *packet)
{
	return &((uint32_t *)start_info->mfn_list)[((uint32_t)packet->page - KERNEL_BASE) >> PAGE_SHIFT];
}

static void add_unmapping(const struct packet *packet)
{
	add_call(__HYPERVISOR_update_va_mapping, (uint32_t)packet->page, 0, 0, UVMF_INVLPG | UVMF_LOCAL);
}

static void add_mapping(const struct packet *packet, uint32_t mfn)
{
	uint64_t entry = (uint64_t)mfn << PAGE_SHIFT | MAPPED;

	*frame_entry(packet) = mfn;
	add_call(__HYPERVISOR_update_va_mapping, (uint32_t)packet->page, (uint32_t)entry, (uint32_t)(entry >> 32),
		 UVMF_INVLPG | UVMF_LOCAL);
}

static struct xen_memory_reservation extents(uint32_t *list, uint32_t count)
{
	return (struct xen_memory_reservation){ .extent_start = (uint32_t)list, .nr_extents = count, .domid = DOMID_SELF };
}

/* Receiver: gives the packets' pages to Xen; their addresses stay, with nothing there. */
void flip_give_back(struct flip *flips, uint32_t count)
{
	static uint32_t frames[FLIPS];
	struct xen_memory_reservation reservation = extents(frames, count);

	for (uint32_t i = 0; i < count; i++) {
		frames[i] = frame_of(flips[i].packet->page);
		add_unmapping(flips[i].packet);
		*frame_entry(flips[i].packet) = NO_FRAME;
	}
	add_call(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, (uint32_t)&reservation, 0, 0);
	make_calls("Xen did not take pages back");
}

/* Receiver: gives the frames that came (`mfn`) their addresses. */
void flip_take(struct flip *flips, uint32_t count)
{
	static struct mmu_update numbers[FLIPS];

	for (uint32_t i = 0; i < count; i++) {
		uint32_t number = ((uint32_t)flips[i].packet->page - KERNEL_BASE) >> PAGE_SHIFT;

		numbers[i] = (struct mmu_update){
			.ptr = (uint64_t)flips[i].mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE,
			.val = number,
		};
		add_mapping(flips[i].packet, flips[i].mfn);
	}
	add_call(__HYPERVISOR_mmu_update, (uint32_t)numbers, count, 0, DOMID_SELF);
	make_calls("Xen did not map pages that came");
}

/* Asks Xen for memory at the addresses of these packets, which have none. */
static void refill(struct flip *flips, uint32_t count, const uint32_t *frames)
{
	for (uint32_t i = 0; i < count; i++)
		add_mapping(flips[i].packet, frames[i]);
	make_calls("Xen did not map fresh pages");
}

/* Nothing of what the page held before goes with the packet. */
static void clear_around(const struct packet *packet)
{
	uint32_t end = packet->start + packet->length;

	memset(packet->page, 0, packet->start);
	memset(packet->page + end, 0, PAGE_SIZE - end);
}

/*
 * Sender: gives each packet's page to `domain`, which has offered to take one by `ref`; `status` says whether it did.
 * A page that the other does not take is lost all the same. Fresh ones are there in the end, empty.
 */
void flip_away(struct flip *flips, uint32_t count)
{
	static struct gnttab_transfer rows[FLIPS];
	static uint32_t frames[FLIPS]; /* first the page numbers, then the frames that came */
	struct xen_memory_reservation reservation = extents(frames, count);

	for (uint32_t i = 0; i < count; i++) {
		clear_around(flips[i].packet);
		rows[i] = (struct gnttab_transfer){
			.mfn = frame_of(flips[i].packet->page),
			.domid = flips[i].domain,
			.ref = flips[i].ref,
		};
		frames[i] = ((uint32_t)flips[i].packet->page - KERNEL_BASE) >> PAGE_SHIFT;
		add_unmapping(flips[i].packet);
	}
	add_call(__HYPERVISOR_grant_table_op, GNTTABOP_transfer, (uint32_t)rows, count, 0);
	add_call(__HYPERVISOR_memory_op, XENMEM_populate_physmap, (uint32_t)&reservation, 0, 0);
	make_calls("Xen refused to move pages");
	if (calls[count + 1].result != count)
		panic("no memory for the pages that went");
	refill(flips, count, frames);
	for (uint32_t i = 0; i < count; i++)
		flips[i].status = rows[i].status;
}

/* Memory again for one packet that waited for a page in vain. */
void flip_fill(struct packet *packet)
{
	struct flip flip = { .packet = packet };
	uint32_t frame = ((uint32_t)packet->page - KERNEL_BASE) >> PAGE_SHIFT;
	struct xen_memory_reservation reservation = extents(&frame, 1);

	if (HYPERCALL(memory_op, XENMEM_populate_physmap, &reservation, 0, 0, 0) != 1)
		panic("no memory for a page that never came");
	refill(&flip, 1, &frame);
}
