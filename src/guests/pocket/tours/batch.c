/*
 * run=batch: the same updates of page tables, asked for one by one and in batches. Each crossing into Xen has a
 * price; a batch pays it once.
 */
#include "kernel/pocket.h"

#define UPDATES 32

static void *pages[UPDATES];
static pte_t entries[UPDATES];
static struct multicall_entry calls[UPDATES];
static struct mmu_update updates[UPDATES];

static uint64_t read_tsc(void)
{
	uint64_t tsc;

	asm volatile("rdtsc" : "=A"(tsc));
	return tsc;
}

/* Each way asks for the same: that these pages be writable, or not. What is asked is written down beforehand. */
static void prepare(bool writable)
{
	for (uint32_t i = 0; i < UPDATES; i++) {
		const pte_t *place = kernel_l1_entry(pages[i]);

		entries[i] = pte_for(pages[i], PTE_ACCESSED | PTE_DIRTY | (writable ? PTE_WRITABLE : 0));
		calls[i].op = __HYPERVISOR_update_va_mapping;
		calls[i].args[0] = (uint32_t)pages[i];
		calls[i].args[1] = (uint32_t)entries[i];
		calls[i].args[2] = (uint32_t)(entries[i] >> 32);
		calls[i].args[3] = UVMF_NONE;
		updates[i].ptr = (uint64_t)frame_of(place) << PAGE_SHIFT | ((uint32_t)place & (PAGE_SIZE - 1));
		updates[i].val = entries[i];
	}
}

static int one_by_one(void)
{
	int result = 0;

	for (uint32_t i = 0; i < UPDATES; i++)
		result |= update_va_mapping((uint32_t)pages[i], entries[i], UVMF_NONE);
	return result;
}

static int by_multicall(void)
{
	return multicall(calls, UPDATES);
}

static int by_mmu_update(void)
{
	return mmu_update(updates, UPDATES);
}

static int nothing(void)
{
	return xen_version(XENVER_version, NULL) < 0;
}

/* Cycles that one way takes to make the pages read-only; they are made writable again before. */
static uint32_t cycles_of(int (*way)(void))
{
	uint64_t before;
	uint32_t cycles;

	prepare(true);
	by_mmu_update();
	prepare(false);
	before = read_tsc();
	if (way())
		panic("an update was refused");
	cycles = (uint32_t)(read_tsc() - before);
	return cycles;
}

void tour_batch(void)
{
	uint32_t null, one, multi, batch;

	print("batch: this line needed one hypercall: an event that says, look into the ring\n");
	for (uint32_t i = 0; i < UPDATES; i++)
		pages[i] = page_allocate();
	null = cycles_of(nothing);
	one = cycles_of(one_by_one);
	multi = cycles_of(by_multicall);
	batch = cycles_of(by_mmu_update);
	print("batch: one hypercall that does nothing    %8u cycles\n", null);
	print("batch: %u updates, one by one             %8u cycles\n", UPDATES, one);
	print("batch: %u updates, one multicall          %8u cycles\n", UPDATES, multi);
	print("batch: %u updates, one mmu_update         %8u cycles\n", UPDATES, batch);
	print("batch: one by one took %u times as long as one mmu_update\n", one / batch);
}
