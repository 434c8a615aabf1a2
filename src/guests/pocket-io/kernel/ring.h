/*
 * Shared rings (xen/include/public/io/ring.h): one page, a header of four indices, then slots, in which requests go one way and responses
 * come back. Both sides count for ever; an index masked by the number of slots is a place.
 *
 *	                 front end                        back end
 *	private     rsp_cons      req_prod_pvt       rsp_prod_pvt     req_cons
 *	               |               |                  |              |
 *	shared         |   rsp_prod    |                  |   req_prod   |
 *
 * The front end owns the slots that hold neither a request on its way nor a response that it has not read: `ring_free()` of them. Whoever
 * puts something in shows it by the shared index, and tells the other side only where that index passes the `_event` that he left: he
 * who finds nothing more to do sets it to the next index and looks once again, because something may have come in between.
 *
 * The other side may write anything at any time: a slot is copied before it is looked at, and an index that cannot be is refused.
 */
#pragma once
#include "io.h"

#define compiler_barrier() asm volatile("" ::: "memory")
#define processor_barrier() asm volatile("lock addl $0, (%%esp)" ::: "memory")

struct front_ring {
	volatile struct sring *shared;
	uint32_t slots, slot_size;
	uint32_t req_prod_pvt, rsp_cons;
};

struct back_ring {
	volatile struct sring *shared;
	uint32_t slots, slot_size;
	uint32_t rsp_prod_pvt, req_cons;
};

/* rings.c: for debuggers. From a ring's beginning to its end, which comes before its page is given up. */
void ring_note(const volatile void *page, const uint32_t *produced, const uint32_t *consumed, bool back);
void ring_forget(const volatile void *page);

/* tours/ring.c: whether it stands in blkfront.c's place. */
bool is_tour_of_ring(void);

/* How many slots a page holds: a power of two. */
static inline uint32_t ring_slots(uint32_t slot_size)
{
	uint32_t most = (PAGE_SIZE - sizeof(struct sring)) / slot_size, slots = 1;

	while (slots * 2 <= most)
		slots *= 2;
	return slots;
}

static inline void *ring_slot(volatile struct sring *shared, uint32_t slots, uint32_t slot_size, uint32_t index)
{
	return (char *)shared + sizeof(struct sring) + (index & (slots - 1)) * slot_size;
}

/* --- front end --- */

static inline void front_ring_init(struct front_ring *ring, void *page, uint32_t slot_size)
{
	*ring = (struct front_ring){ .shared = page, .slots = ring_slots(slot_size), .slot_size = slot_size };
	memset(page, 0, sizeof(struct sring));
	ring->shared->req_event = ring->shared->rsp_event = 1;
	ring_note(page, &ring->req_prod_pvt, &ring->rsp_cons, false);
}

static inline uint32_t ring_free(const struct front_ring *ring)
{
	return ring->slots - (ring->req_prod_pvt - ring->rsp_cons);
}

/* Where the next request goes; only while ring_free(). */
static inline void *ring_next_request(struct front_ring *ring)
{
	return ring_slot(ring->shared, ring->slots, ring->slot_size, ring->req_prod_pvt++);
}

/* Shows the requests; whether the back end wants an event. */
static inline bool ring_push_requests(struct front_ring *ring)
{
	uint32_t before = ring->shared->req_prod, now = ring->req_prod_pvt;

	compiler_barrier(); /* first the slots, then the index */
	ring->shared->req_prod = now;
	processor_barrier(); /* first our index, then a look at theirs */
	return now - ring->shared->req_event < now - before;
}

/* Responses that can be read; -1 where the back end claims more than there were requests. */
static inline int ring_responses(const struct front_ring *ring)
{
	uint32_t count = ring->shared->rsp_prod - ring->rsp_cons;

	compiler_barrier();
	return count <= ring->req_prod_pvt - ring->rsp_cons ? (int)count : -1;
}

/* Copies the next response, which gives its slot back. */
static inline void ring_take_response(struct front_ring *ring, void *to, uint32_t size)
{
	memcpy(to, ring_slot(ring->shared, ring->slots, ring->slot_size, ring->rsp_cons++), size);
}

/* Asks for an event with the next response; true where there is one already. */
static inline bool ring_final_check_for_responses(struct front_ring *ring)
{
	if (ring_responses(ring))
		return true;
	ring->shared->rsp_event = ring->rsp_cons + 1;
	processor_barrier();
	return ring_responses(ring);
}

/* --- back end --- */

/* Takes up a ring whose responses have been made up to `rsp_prod`: 0 for a new one. */
static inline void back_ring_init(struct back_ring *ring, void *page, uint32_t slot_size)
{
	*ring = (struct back_ring){ .shared = page, .slots = ring_slots(slot_size), .slot_size = slot_size };
	ring_note(page, &ring->rsp_prod_pvt, &ring->req_cons, true);
}

/* Requests that can be taken; -1 where the front end claims more than there are slots. */
static inline int ring_requests(const struct back_ring *ring)
{
	uint32_t count = ring->shared->req_prod - ring->req_cons;
	uint32_t most = ring->slots - (ring->req_cons - ring->rsp_prod_pvt);

	compiler_barrier();
	return count <= most ? (int)count : -1;
}

/* Copies the next request, so that it stays what it is. */
static inline void ring_take_request(struct back_ring *ring, void *to, uint32_t size)
{
	memcpy(to, ring_slot(ring->shared, ring->slots, ring->slot_size, ring->req_cons++), size);
}

static inline bool ring_final_check_for_requests(struct back_ring *ring)
{
	if (ring_requests(ring))
		return true;
	ring->shared->req_event = ring->req_cons + 1;
	processor_barrier();
	return ring_requests(ring);
}

/* Where the next response goes: into the slot of a request that was taken. */
static inline void *ring_next_response(struct back_ring *ring)
{
	return ring_slot(ring->shared, ring->slots, ring->slot_size, ring->rsp_prod_pvt++);
}

static inline bool ring_push_responses(struct back_ring *ring)
{
	uint32_t before = ring->shared->rsp_prod, now = ring->rsp_prod_pvt;

	compiler_barrier();
	ring->shared->rsp_prod = now;
	processor_barrier();
	return now - ring->shared->rsp_event < now - before;
}
