/*
 * Asking the hypervisor. Arguments travel in EBX, ECX, EDX, ESI, EDI; the result comes back in EAX: 0 or more,
 * or a negated error number. The stub in the hypercall page executes `int $0x82`, whose gate only ring 1 may use.
 */
#pragma once
#include "abi.h"

#define HYPERCALL_STUB(name) "call hypercall_page + 32 * %c[number]"

#define HYPERCALL(name, a, b, c, d, e)                                                                      \
	({                                                                                                  \
		int32_t result_;                                                                            \
		uint32_t a_ = (uint32_t)(a), b_ = (uint32_t)(b), c_ = (uint32_t)(c), d_ = (uint32_t)(d),    \
			 e_ = (uint32_t)(e);                                                                \
		asm volatile(HYPERCALL_STUB(name)                                                           \
			     : "=a"(result_), "+b"(a_), "+c"(b_), "+d"(c_), "+S"(d_), "+D"(e_)              \
			     : [number] "i"(__HYPERVISOR_##name)                                            \
			     : "memory");                                                                   \
		result_;                                                                                    \
	})

static inline int set_trap_table(const struct trap_info *table)
{
	return HYPERCALL(set_trap_table, table, 0, 0, 0, 0);
}

static inline int set_callbacks(uint16_t cs, void (*event)(void), void (*failsafe)(void))
{
	return HYPERCALL(set_callbacks, cs, event, cs, failsafe, 0);
}

static inline int stack_switch(uint32_t ss, uint32_t esp)
{
	return HYPERCALL(stack_switch, ss, esp, 0, 0, 0);
}

static inline int mmu_update(const struct mmu_update *updates, uint32_t count)
{
	return HYPERCALL(mmu_update, updates, count, 0, DOMID_SELF, 0);
}

static inline int mmuext_op(const struct mmuext_op *ops, uint32_t count)
{
	return HYPERCALL(mmuext_op, ops, count, 0, DOMID_SELF, 0);
}

static inline int update_va_mapping(uint32_t address, uint64_t entry, uint32_t flags)
{
	return HYPERCALL(update_va_mapping, address, entry, entry >> 32, flags, 0);
}

static inline int multicall(struct multicall_entry *calls, uint32_t count)
{
	return HYPERCALL(multicall, calls, count, 0, 0, 0);
}

/* Nanoseconds of system time; 0 takes the timer away. */
static inline int set_timer_op(uint64_t when)
{
	return HYPERCALL(set_timer_op, when, when >> 32, 0, 0, 0);
}

static inline int sched_op(uint32_t op, const void *argument)
{
	return HYPERCALL(sched_op, op, argument, 0, 0, 0);
}

static inline int event_channel_op(uint32_t op, void *argument)
{
	return HYPERCALL(event_channel_op, op, argument, 0, 0, 0);
}

static inline int console_io(uint32_t op, uint32_t count, void *buffer)
{
	return HYPERCALL(console_io, op, count, buffer, 0, 0);
}

static inline int vcpu_op(uint32_t op, uint32_t vcpu, void *argument)
{
	return HYPERCALL(vcpu_op, op, vcpu, argument, 0, 0);
}

/* `entries` descriptors in these frames, which nobody may write by then. */
static inline int set_gdt(const uint32_t *frames, uint32_t entries)
{
	return HYPERCALL(set_gdt, frames, entries, 0, 0, 0);
}

static inline int vm_assist(uint32_t command, uint32_t type)
{
	return HYPERCALL(vm_assist, command, type, 0, 0, 0);
}

static inline int physdev_op(uint32_t op, const void *argument)
{
	return HYPERCALL(physdev_op, op, argument, 0, 0, 0);
}

static inline int xen_version(uint32_t op, void *argument)
{
	return HYPERCALL(xen_version, op, argument, 0, 0, 0);
}
