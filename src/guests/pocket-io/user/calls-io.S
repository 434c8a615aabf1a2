/* The stubs of the calls that this kernel adds: see pocket's calls.S. */
#include "calls-io.h"

	.text
.macro call_stub name, number
	.globl	\name
\name:
	push	%ebx
	mov	$\number, %eax
	mov	8(%esp), %ebx
	mov	12(%esp), %ecx
	mov	16(%esp), %edx
	int	$0x80
	pop	%ebx
	ret
.endm

	call_stub execute, CALL_EXECUTE
	call_stub pause, CALL_PAUSE
	call_stub sleep_ms, CALL_SLEEP
	call_stub time_us, CALL_TIME
