/* The way in, the page of hypercalls, and the program of the domain that is made; the rest is in builder.c. */
#include "notes.h"
#include "child.h"

	xen_notes "ringside builder"

	.text
	.globl start
start:
	cld
	push	%esi			# the argument: start_info
	call	builder
	ud2				# builder() does not return

	.section .text.hypercall_page, "ax"
	.globl hypercall_page
hypercall_page:
	.skip	4096

/*
 * This page is copied into the new domain, where it lies at CHILD_CODE. It says its sentence by Xen's own console, since nobody
 * serves it another, and powers off.
 */
	.section .rodata
	.balign	4096
	.globl child_page
child_page:
	mov	$CONSOLEIO_write, %ebx
	mov	$(sentence_end - sentence), %ecx
	mov	$(CHILD_CODE + sentence - child_page), %edx
	mov	$(CHILD_HYPERCALLS + 32 * __HYPERVISOR_console_io), %eax
	call	*%eax
	mov	$SCHEDOP_shutdown, %ebx
	mov	$(CHILD_CODE + reason - child_page), %ecx
	mov	$(CHILD_HYPERCALLS + 32 * __HYPERVISOR_sched_op), %eax
	call	*%eax
	ud2
sentence:
	.ascii	"I am a domain, made by a kernel.\n"
sentence_end:
	.balign	4
reason:
	.long	SHUTDOWN_poweroff
	.balign	4096
