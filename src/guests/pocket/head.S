/*
 * Where the kernel begins. Xen enters at `start` in ring 1 with paging on, flat segments, events masked, and
 * ESI pointing to start_info. Nothing has to be switched on: that is what paravirtualization saves a kernel.
 */
#include "notes.h"

	xen_notes "ringside pocket"

	.text
	.globl start
start:
	cld
	lea	boot_stack_top, %esp
	push	%esi			# the argument: start_info
	call	kernel_main
	ud2

	.bss
	.balign	4096
	.skip	4096
boot_stack_top:

/* shared_info is mapped over this page: see event.c. */
	.globl	shared_info
	.balign	4096
shared_info:
	.skip	4096

/* The builder writes one stub of 32 bytes a hypercall here: `mov $number, %eax; int $0x82; ret`. */
	.section .text.hypercall_page, "ax"
	.globl	hypercall_page
hypercall_page:
	.skip	4096
