/* What the attacks share. An attack tries one thing and reports how it ended; then the domain powers off. */
#pragma once
#include <stdbool.h>
#include "abi.h"

#define KERNEL_BASE 0xc0000000u
#define PAGE_SIZE 4096u
#define PAGE_SHIFT 12
#define XEN_TEXT 0xfc000000u /* an address that only Xen has */

typedef uint64_t pte_t;
#define PRESENT 1ull
#define WRITABLE 2ull
#define USER 4ull
#define LARGE 0x80ull
#define GLOBAL 0x100ull
#define FRAME 0x0000000ffffff000ull

struct attack {
	const char *name;
	const char *about;
	void (*run)(void);
};

extern const struct attack memory_attacks[], table_attacks[], privilege_attacks[], descriptor_attacks[], trap_attacks[],
	hypercall_attacks[], event_attacks[], grant_attacks[], ring_attacks[], xenstore_attacks[], vcpu_attacks[];
#define ATTACKS_END { NULL, NULL, NULL }

/* lib.c: asking */
int32_t ask(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d);
int32_t raw_hypercall(uint32_t number);
extern char hypercall_page[];
#define hypercall_stub(number) (hypercall_page + 32 * (number))
int32_t mmu_update(pte_t *entry, pte_t value, uint32_t domain);
int32_t mmuext(uint32_t command, uint32_t argument);
int32_t update_va_mapping(const void *address, pte_t entry);
int32_t event_op(uint32_t op, void *argument);
int32_t memory_op(uint32_t op, void *argument);

/* lib.c: memory */
extern const struct start_info *start_info;
uint32_t frame_of(const void *address);
void *address_of_frame(uint32_t mfn);
pte_t pte_for(uint32_t mfn, uint64_t flags);
pte_t *entry_of(const void *address);
pte_t *l2_entry_of(const void *address);
void *new_page(void);
void *new_read_only_page(void);
uint32_t foreign_frame(void);

/* lib.c: reporting */
void say(const char *text);
void say_number(uint32_t value);
void say_error(int32_t result);
void say_start(void);
void report_result(int32_t result);
void report_fault(void);
void report(const char *text);
void shutdown(void);

/* lib.c: faults. After TRY, caught.vector is -1 or the vector of the fault. */
extern struct caught {
	uint32_t resume;
	int vector;
	uint32_t error, address;
} caught;
extern struct shared_info shared_info;
void map_shared_info(void);

#define TRY(code, ...)                                                                              \
	do {                                                                                        \
		caught.vector = -1;                                                                 \
		asm volatile("movl $9f, caught\n\t" code "\n9:\n\tmovl $0, caught" : __VA_ARGS__    \
			     : "memory", "cc");                                                     \
	} while (0)

/* Runs code of ring3_page in ring 3 until it traps. */
void run_in_ring3(const char *code);
void enter_ring3(const char *code, char *stack);
extern char ring3_hlt[], ring3_hypercall[], ring3_trap[], ring3_cli[], ring3_stack[], ring3_page[], trap_stack_top[];
extern const struct trap_info trap_table[];
