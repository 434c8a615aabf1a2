/*
 * run=batch: the same updates of page tables, asked for one by one and in batches. Each crossing into Xen has a
 * price; a batch pays it once.
 */
#include "kernel/pocket.h"

#define UPDATES 32

static void *pages[UPDATES];
static struct multicall_entry calls[UPDATES];
static struct mmu_update updates[UPDATES];

static uint64_t read_tsc(void)
{
	uint64_t tsc;

	asm volatile("rdtsc" : "=A"(tsc));
	return tsc;
}

static pte_t wanted(uint32_t i, bool writable)
{
	return pte_for(pages[i], PTE_ACCESSED | PTE_DIRTY | (writable ? PTE_WRITABLE : 0));
}

static void one_by_one(bool writable)
{
	for (uint32_t i = 0; i < UPDATES; i++)
		if (update_va_mapping((uint32_t)pages[i], wanted(i, writable), UVMF_NONE))
			panic("an update was refused");
}

static void by_multicall(bool writable)
{
	for (uint32_t i = 0; i < UPDATES; i++) {
		pte_t entry = wanted(i, writable);

		calls[i].op = __HYPERVISOR_update_va_mapping;
		calls[i].args[0] = (uint32_t)pages[i];
		calls[i].args[1] = (uint32_t)entry;
		calls[i].args[2] = (uint32_t)(entry >> 32);
		calls[i].args[3] = UVMF_NONE;
	}
	if (multicall(calls, UPDATES))
		panic("a multicall was refused");
}

static void by_mmu_update(bool writable)
{
	for (uint32_t i = 0; i < UPDATES; i++) {
		pte_t *entry = kernel_l1_entry(pages[i]);

		updates[i].ptr = ((uint64_t)frame_of(entry) << PAGE_SHIFT | ((uint32_t)entry & (PAGE_SIZE - 1)));
		updates[i].val = wanted(i, writable);
	}
	if (mmu_update(updates, UPDATES))
		panic("a batch was refused");
}

static uint32_t cycles_of(void (*way)(bool writable), bool writable)
{
	uint64_t before = read_tsc();

	way(writable);
	return (uint32_t)(read_tsc() - before);
}

static void null_hypercall(bool unused)
{
	(void)unused;
	xen_version(XENVER_version, NULL);
}

void tour_batch(void)
{
	uint32_t null, one, multi, batch;

	for (uint32_t i = 0; i < UPDATES; i++)
		pages[i] = page_allocate();
	print("batch: this line needed one hypercall: an event that says, look into the ring\n");
	null = cycles_of(null_hypercall, false);
	one = cycles_of(one_by_one, false);
	multi = cycles_of(by_multicall, true);
	batch = cycles_of(by_mmu_update, false);
	print("batch: one hypercall that does nothing    %8u cycles\n", null);
	print("batch: %u updates, one by one             %8u cycles\n", UPDATES, one);
	print("batch: %u updates, one multicall          %8u cycles\n", UPDATES, multi);
	print("batch: %u updates, one mmu_update         %8u cycles\n", UPDATES, batch);
	print("batch: %s\n", batch < multi && multi < one ? "each batch was cheaper than the one before" : "no gain");
}
