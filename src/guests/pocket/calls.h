/* Numbers of the system calls, for the kernel and for programs. */
#pragma once

#define CALL_EXIT 0
#define CALL_FORK 1
#define CALL_WAIT 2
#define CALL_READ 3
#define CALL_WRITE 4
#define CALL_PIPE 5
#define CALL_CLOSE 6
#define CALL_GROW 7
#define CALL_ID 8
#define CALL_YIELD 9
#define CALL_FAULTS 10
#define CALL_PREEMPTED 11
