/*
 * What this kernel has beyond pocket's (kernel/pocket.h), in the order in which to read it.
 *
 *   virtual memory   0xc0000000 +-----------------------------+
 *                               | pocket's kernel, this one,  |
 *                               | and all memory (memory.c)   |
 *                    0xe0000000 +-----------------------------+
 *                               | pages that are not ours:    |
 *                               | granted by others, shared   |
 *                               | with Xen (memory.c)         |
 *                    0xe0800000 +-----------------------------+
 *
 * Who runs when. Event handlers run with events masked, in the idle loop or on the way back to ring 3, and never sleep: they
 * take note, and leave the rest to `struct work` or to a thread. Threads are processes that stay in ring 1; they, and processes
 * within a system call, may sleep, and are never interrupted otherwise. So what lies between two sleeps needs no lock.
 */
#pragma once
#include "kernel/pocket.h"
#include "sets.h"

#define SECOND 1000000000ull
#define MILLISECOND 1000000ull

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CONTAINER(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

/* text.c */
size_t strlen(const char *text);
int memcmp(const void *a, const void *b, size_t length);
void *memmove(void *to, const void *from, size_t length);
bool starts_with(const char *text, const char *start);
uint32_t text_hash(const char *text);
uint64_t number_of(const char *text, uint32_t base, const char **end);
uint32_t text_format(char *to, uint32_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* boot.c */
bool is_domain_0(void);
uint32_t option_number(const char *name, uint32_t otherwise);

/* thread.c */
struct process *thread_start(void (*run)(void *), void *argument);

struct work {
	void (*run)(struct work *work);
	struct work *next;
	bool queued;
};
void work_queue(struct work *work);

struct lock {
	bool held;
};
void lock(struct lock *lock);
void unlock(struct lock *lock);

/* timer.c */
struct timer {
	uint64_t when; /* nanoseconds of system time; 0 where it is not set */
	void (*expired)(struct timer *timer);
	struct timer *next;
};
void timer_set(struct timer *timer, uint64_t when);
void timer_cancel(struct timer *timer);
bool sleep_until(const void *address, uint64_t when);

/* heap.c */
void *allocate(size_t bytes);
void release(void *piece);

/* pages.c, memory.c */
void pages_reach(uint32_t end);
void memory_grow(void);
void *window_range(uint32_t pages);
void *window_page(void);
uint32_t window_room(void);
void window_release(void *page);
void window_map_frame(void *at, uint32_t mfn, uint64_t flags);

/* ports.c: event channels */
int port_bind(uint32_t port, void (*handler)(void *argument), void *argument);
int port_allocate(uint16_t other_domain, void (*handler)(void *argument), void *argument);
int port_connect(uint16_t other_domain, uint32_t other_port, void (*handler)(void *argument), void *argument);
void port_close(uint32_t port);

/* grant.c */
int grant_access(uint16_t domain, uint32_t mfn, bool readonly);
volatile struct grant_entry_v1 *grant_entry(uint32_t ref);
bool grant_in_use(uint32_t ref);
bool grant_end(uint32_t ref);
void grant_end_and_release(uint32_t ref, void *page);
void grant_map_row(struct gnttab_map_grant_ref *row, const void *at, uint16_t domain, uint32_t ref, bool readonly);
void grant_unmap_row(struct gnttab_unmap_grant_ref *row, const struct gnttab_map_grant_ref *mapped);
void grant_map(struct gnttab_map_grant_ref *rows, uint32_t count);
void grant_unmap(struct gnttab_unmap_grant_ref *rows, uint32_t count);
void grant_copy(struct gnttab_copy *rows, uint32_t count);
int grant_accept(uint16_t domain, uint32_t page_number);
uint32_t grant_accepted(uint32_t ref);

/* calls.c */
int text_from_user(char *to, uint32_t size, uint32_t from);
