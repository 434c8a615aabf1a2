/*
 * Everything that one file of the kernel offers to the others, in the order in which to read them.
 *
 *   virtual memory            0 +-----------------------------+
 *                    0x00400000 | the programs (shared, r/o)  |  ring 3
 *                               | their data (copied on write)|
 *                    0x10000000 | heap, grows up              |
 *                    0x40000000 | stack, grows down from here |
 *                               +-----------------------------+
 *                    0xc0000000 | this kernel, and all memory |  ring 1
 *                               | that the builder gave it    |
 *                    0xf5800000 +-----------------------------+
 *                               | Xen; from here on its table |  ring 0
 *                               | of machine frames, read-only|
 *                    0xffffffff +-----------------------------+
 */
#pragma once
#include <stdbool.h>
#include "hypercall.h"

#define KERNEL_BASE 0xc0000000u
#define PAGE_SIZE 4096u
#define PAGE_SHIFT 12

#define USER_HEAP 0x10000000u
#define USER_STACK_TOP 0x40000000u
#define USER_STACK_PAGES 16

struct process;

/* How much there is of everything, and where a kernel that is built upon this one has its own code run. */
#ifdef KERNEL_UPON_POCKET
#include "hooks.h" /* of that kernel */
#else
#define OPTION_LENGTH 32
#define FILES 8
#define PROCESSES 16
#define EVENT_PORTS 64
#define MEMORY_PAGES 4096
#define BOOTED(name)
#define DEADLINE(slice_ends) slice_ends
#define TIMER_EXPIRED()
#define SERVE(port, handler) handler()
#define OTHER_CALL(frame) (uint32_t)-1
#endif

/* main.c */
extern const struct start_info *start_info;
void panic(const char *why) __attribute__((noreturn));
void power_off(void) __attribute__((noreturn));
const char *option(const char *name);

/* string.c */
void *memset(void *to, int byte, size_t length);
void *memcpy(void *to, const void *from, size_t length);
int strcmp(const char *a, const char *b);

/* print.c */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* console.c */
void console_init(void);
void console_write(const char *text, uint32_t length);
void console_drain(void);
int console_read(char *buffer, uint32_t length);

/* pages.c */
void pages_init(void);
void *page_allocate(void);
void page_share(const void *page);
void page_release(void *page);
bool page_is_shared(const void *page);
uint32_t frame_of(const void *address);
void *address_of_frame(uint32_t mfn);

/* paging.c: one entry of a page table, as the processor reads it */
typedef uint64_t pte_t;
#define PTE_PRESENT 0x001ull
#define PTE_WRITABLE 0x002ull
#define PTE_USER 0x004ull
#define PTE_ACCESSED 0x020ull
#define PTE_DIRTY 0x040ull
#define PTE_COW 0x200ull /* one of the three bits left to software: a private page, not yet copied */
#define PTE_FRAME 0x0000000ffffff000ull

void paging_init(void);
pte_t pte_for(const void *page, uint64_t flags);
pte_t *kernel_l1_entry(const void *address);
uint32_t builder_mapped_end(void);
void update_entry(pte_t *entry, pte_t value);
void update_protection(const void *page, bool writable);
void flush_updates(void);
void pin_l3(pte_t *l3);
void unpin_table(pte_t *table);
void kernel_half(pte_t *l2);

/* space.c: the address space of one process */
struct space {
	pte_t *l3;	/* 4 entries, one a GiB */
	pte_t *l2_user; /* of the first GiB */
	pte_t *l2_kernel;
	uint32_t heap_end;
};

bool space_create(struct space *space);
bool space_copy(struct space *child, struct space *parent);
void space_destroy(struct space *space);
pte_t *space_entry(struct space *space, uint32_t address, bool create);

/* fault.c */
bool page_fault(uint32_t address, uint32_t error);
bool user_range(uint32_t address, uint32_t length, bool to_be_written);

/* trap.c: what the stubs of entry.S leave on the kernel stack */
struct frame {
	uint32_t es, ds;
	uint32_t edi, esi, ebp, unused, ebx, edx, ecx, eax;
	uint32_t vector, error;
	uint32_t eip, cs, eflags;
	uint32_t esp, ss; /* only where the trap came from ring 3 */
};

void traps_init(void);
extern const struct trap_info trap_table[];
bool from_user(const struct frame *frame);

/* Where a tour of the kernel expects a fault, and what it got: see tours/probe.h. */
extern struct probe {
	uint32_t resume;
	int vector;
	uint32_t error, address;
} probe;

/* event.c */
void events_init(void);
void event_bind(uint32_t port, void (*handler)(void));
void event_bind_on(uint32_t vcpu, uint32_t port, void (*handler)(void));
void events_serve(uint32_t vcpu);
uint32_t event_bind_virq(uint32_t virq, void (*handler)(void));
void event_send(uint32_t port);
extern struct shared_info shared_info;

/* time.c */
#define SLICE_NS 250000u
void time_init(void);
uint64_t system_time(void);
extern bool slice_is_over;

/* process.c */
struct file;

struct process {
	int id;
	enum { UNUSED, RUNNABLE, RUNNING, SLEEPING, ZOMBIE } state;
	struct process *parent;
	const void *waiting_for; /* when SLEEPING: any address that both sides agree on */
	int status;		 /* when ZOMBIE: what it gave to exit() */
	struct space space;
	char *kernel_stack; /* one page */
	uint32_t stack_pointer; /* where its kernel part stopped */
	struct file *files[FILES];
	uint32_t faults;     /* page faults served */
	uint32_t preempted;  /* how often the timer took the processor from it */
};

extern struct process processes[PROCESSES];
extern struct process *current;
struct process *process_start(uint32_t entry);
int process_fork(const struct frame *frame);
void process_exit(int status) __attribute__((noreturn));
int process_wait(int *status);

/* sched.c */
void schedule(void);
void idle(void) __attribute__((noreturn));
void preempt(void);
void sleep_on(const void *address);
void wake(const void *address);

/* file.c, pipe.c */
struct pipe;
void file_console(struct file *files[FILES]);
void file_inherit(struct file *to[FILES], struct file *const from[FILES]);
int file_pipe(int numbers[2]);
int file_read(int number, char *buffer, uint32_t length);
int file_write(int number, const char *buffer, uint32_t length);
int file_close(int number);
void file_close_all(void);
struct pipe *pipe_create(void);
int pipe_read(struct pipe *pipe, char *buffer, uint32_t length);
int pipe_write(struct pipe *pipe, const char *buffer, uint32_t length);
void pipe_close(struct pipe *pipe, bool writer);

/* syscall.c */
void system_call(struct frame *frame);

/* tours/: kernels that show something instead of running a program */
void tour_rings(void);
void tour_batch(void);
void tour_ptwrite(void);
void tour_smp(void);
void smp_upcall(struct frame *frame);
