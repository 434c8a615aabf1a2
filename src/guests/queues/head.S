/* The way in, the way of an event, and the page of hypercalls; the rest is in queues.c. */
#include "notes.h"

	xen_notes "ringside queues"

	.text
	.globl start
start:
	cld
	push	%esi			# the argument: start_info
	call	queues
	ud2				# queues() does not return

/* Xen enters here with EIP, CS and EFLAGS on our stack and events masked. The hypercall restores all this at once. */
	.globl event_entry
event_entry:
	pusha
	call	take_events
	popa
	jmp	hypercall_page + 32 * __HYPERVISOR_iret

	.globl failsafe_entry
failsafe_entry:
	ud2				# our segments never change

	.section .text.hypercall_page, "ax"
	.globl hypercall_page
hypercall_page:
	.skip	4096

	.bss
	.balign	4096
	.globl shared_info, control_page, event_words
shared_info:
	.skip	4096			# a frame of Xen's takes the place of this page
control_page:
	.skip	4096
event_words:
	.skip	4096
