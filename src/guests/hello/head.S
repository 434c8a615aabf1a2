/*
 * The first instructions of a guest. Xen enters at `start` in ring 1, protected mode, paging on, with flat
 * segments, a stack of one page, and ESI pointing to start_info (xen/include/public/xen.h).
 */
#include "notes.h"

	xen_notes "ringside hello"

	.text
	.globl start
start:
	cld
	push	%esi			# the argument: start_info
	call	hello
	ud2				# hello() does not return

/*
 * The builder fills this page with 128 stubs of 32 bytes, one a hypercall: `mov $number, %eax; int $0x82; ret`.
 * A kernel calls the stub and never needs to know which instruction reaches the hypervisor.
 */
	.section .text.hypercall_page, "ax"
	.globl hypercall_page
hypercall_page:
	.skip	4096
