/*
 * One stub a system call: number in EAX, arguments in EBX ECX EDX, `int $0x80`. The gate leads straight to the
 * kernel in ring 1; the hypervisor below it takes no notice.
 */
#include "calls.h"

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
