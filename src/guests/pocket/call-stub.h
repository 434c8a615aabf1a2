/*
 * One stub a system call: number in EAX, arguments in EBX ECX EDX, `int $0x80`. The gate leads straight to the
 * kernel in ring 1; the hypervisor below it takes no notice.
 */
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
