/*
 * Rows of the tables that sets.lds collects. A new driver, program or system call is one file; no list names it.
 *
 *	DRIVER(level, function)       called at boot, in the order of levels 1..9; may sleep
 *	PROGRAM(name)                 `void program_NAME(int argc, char **argv)`, in ring 3, started by run=NAME or by a shell
 *	SYSTEM_CALL(number, function) `int function(struct frame *frame)`
 */
#pragma once
#include <stdint.h>

struct driver_row {
	void (*start)(void);
};

/* The name stands in the row itself: the row lies in the kernel, the program and all that it names do not. */
struct program_row {
	char name[12];
	void (*entry)(int argc, char **argv);
};

struct frame;
struct system_call_row {
	uint32_t number;
	int (*serve)(struct frame *frame);
};

#define ROW(set) __attribute__((used, aligned(4), section(set)))

#define DRIVER(level, function) \
	static const struct driver_row driver_##function ROW(".set.driver." #level) = { function }

#define PROGRAM(name)                                                                            \
	void program_##name(int argc, char **argv);                                              \
	static const struct program_row row_##name ROW(".set.program") = { #name, program_##name }

#define SYSTEM_CALL(number, function) \
	static const struct system_call_row call_##function ROW(".set.system_call") = { number, function }
