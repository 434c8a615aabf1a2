/* How much there is of everything in this kernel, and where its code is called from pocket's: see pocket.h. */
#pragma once

#define OPTION_LENGTH 128
#define FILES 16
#define PROCESSES 40
#define EVENT_PORTS 1024 /* all that two levels of 32 bits have */
#define MEMORY_PAGES 16384 /* 64 MiB */

void boot_io(const char *name);
#define BOOTED(name) boot_io(name);

uint64_t timers_deadline(uint64_t slice_ends);
#define DEADLINE(slice_ends) timers_deadline(slice_ends)

void timers_expired(void);
#define TIMER_EXPIRED() timers_expired();

extern uint32_t served_port;
#define SERVE(port, handler) (served_port = (port), handler())

struct frame;
uint32_t other_call(struct frame *frame);
#define OTHER_CALL(frame) other_call(frame)
