/* The stubs of all system calls. */
#include "call-stub.h"
#include "calls.h"

	.text
	call_stub exit, CALL_EXIT
	call_stub fork, CALL_FORK
	call_stub wait, CALL_WAIT
	call_stub read, CALL_READ
	call_stub write, CALL_WRITE
	call_stub pipe, CALL_PIPE
	call_stub close, CALL_CLOSE
	call_stub grow, CALL_GROW
	call_stub id, CALL_ID
	call_stub yield, CALL_YIELD
	call_stub faults, CALL_FAULTS
	call_stub preempted, CALL_PREEMPTED
