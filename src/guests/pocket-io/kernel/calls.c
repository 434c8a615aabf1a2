/* The system calls of this kernel that need no file of their own, and how a number finds its row. Results below 0 are error numbers. */
#include "calls-io.h"
#include "program.h"

extern const struct system_call_row system_calls_begin[], system_calls_end[];

/* Called for numbers that pocket's own table does not have: see syscall.c. */
uint32_t other_call(struct frame *frame)
{
	uint32_t number = frame->eax;

	for (const struct system_call_row *row = system_calls_begin; row < system_calls_end; row++)
		if (row->number == number)
			return (uint32_t)row->serve(frame);
	return (uint32_t)-ENOSYS;
}

/* Copies a text of the process; its length, or -EFAULT, or -ENAMETOOLONG where it does not fit with its 0. */
int text_from_user(char *to, uint32_t size, uint32_t from)
{
	for (uint32_t i = 0; i < size; i++) {
		if ((!i || !((from + i) % PAGE_SIZE)) && !user_range(from + i, 1, false))
			return -EFAULT;
		to[i] = ((const char *)from)[i];
		if (!to[i])
			return (int)i;
	}
	return -ENAMETOOLONG;
}

static int sys_execute(struct frame *frame)
{
	char command[COMMAND_LENGTH];
	int length = text_from_user(command, sizeof(command), frame->ebx);

	return length < 0 ? length : program_execute(frame, command);
}
SYSTEM_CALL(CALL_EXECUTE, sys_execute);

/* Milliseconds. */
static int sys_sleep(struct frame *frame)
{
	sleep_until(frame, system_time() + frame->ebx * MILLISECOND);
	return 0;
}
SYSTEM_CALL(CALL_SLEEP, sys_sleep);

/* Microseconds of system time, their lower 31 bits. */
static int sys_time(struct frame *frame)
{
	uint64_t time = system_time();
	uint32_t high = (uint32_t)(time >> 32), low = (uint32_t)time, micros, rest;

	(void)frame;
	asm("divl %4" : "=a"(micros), "=d"(rest) : "a"(low), "d"(high % 1000), "r"(1000));
	return (int)(micros & 0x7fffffff);
}
SYSTEM_CALL(CALL_TIME, sys_time);

static __attribute__((noreturn)) int sys_pause(struct frame *frame)
{
	for (;;)
		sleep_on(frame);
}
SYSTEM_CALL(CALL_PAUSE, sys_pause);
