/* Executing what may fault: the trap handler notes the fault and goes on behind the instruction. */
#pragma once
#include "kernel/pocket.h"

/* PROBE("instruction", outputs, inputs): afterwards probe.vector is -1, or the vector of the fault. */
#define PROBE(code, outputs, ...)                                                   \
	do {                                                                        \
		probe.vector = -1;                                                  \
		asm volatile("movl $9f, probe\n\t" code "\n9:\n\tmovl $0, probe"    \
			     : outputs                                              \
			     : __VA_ARGS__                                          \
			     : "memory", "cc");                                     \
	} while (0)
#define NOTHING
#define AND ,

static inline const char *fault_name(void)
{
	return probe.vector < 0 ? "no fault" : probe.vector == 6 ? "#UD" : probe.vector == 13 ? "#GP" : probe.vector == 14 ? "#PF" : "a fault";
}
