/*
 * Start, trap entries and the crossing to ring 3 and back for the rogues: as little kernel as an attack needs.
 */
#include "notes.h"

	xen_notes "ringside rogues"

	.text
	.globl start
start:
	cld
	lea	boot_stack_top, %esp
	push	%esi			# the argument: start_info
	call	rogue_main
	ud2

.macro trap_entry vector, has_error=0
trap_entry_\vector:
	.if \has_error == 0
	push	$0
	.endif
	push	$\vector
	jmp	trap_common
.endm

	trap_entry 0
	trap_entry 1
	trap_entry 3
	trap_entry 4
	trap_entry 6
	trap_entry 7
	trap_entry 10, 1
	trap_entry 11, 1
	trap_entry 12, 1
	trap_entry 13, 1
	trap_entry 14, 1
	trap_entry 17, 1

trap_common:
	pusha
	mov	$FLAT_RING1_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	push	%esp
	call	rogue_trap
	add	$4, %esp
	popa
	add	$8, %esp
	iret				# ring 1 may: the processor checks everything

/* enter_ring3(code, stack): runs until the first trap, whose handler goes on at left_ring3. */
	.globl	enter_ring3, left_ring3
enter_ring3:
	mov	4(%esp), %eax
	mov	8(%esp), %edx
	pusha
	mov	%esp, saved_esp
	push	$FLAT_RING3_DS
	push	%edx
	pushf
	push	$FLAT_RING3_CS
	push	%eax
	mov	$FLAT_RING3_DS, %ecx
	mov	%ecx, %ds
	mov	%ecx, %es
	iret
left_ring3:
	mov	saved_esp, %esp
	popa
	ret

/* What runs in ring 3; on a page of its own, because all of it is shown to ring 3. */
	.balign	4096
	.globl	ring3_page, ring3_hlt, ring3_hypercall, ring3_trap, ring3_cli
ring3_page:
ring3_hlt:
	hlt
ring3_hypercall:
	mov	$__HYPERVISOR_sched_op, %eax
	int	$0x82
ring3_cli:
	cli
ring3_trap:
	ud2
	.balign	4096

	.section .rodata
	.balign	4
	.globl	trap_table
trap_table:
.macro trap_row vector
	.byte	\vector, TI_IF
	.word	FLAT_RING1_CS
	.long	trap_entry_\vector
.endm
	trap_row 0
	trap_row 1
	trap_row 3
	trap_row 4
	trap_row 6
	trap_row 7
	trap_row 10
	trap_row 11
	trap_row 12
	trap_row 13
	trap_row 14
	trap_row 17
	.long	0, 0

	.bss
saved_esp:
	.skip	4
	.balign	4096
	.skip	4096
boot_stack_top:
	.globl	trap_stack_top, ring3_stack
	.skip	4096
trap_stack_top:
ring3_stack:
	.skip	4096
	.globl	shared_info		# mapped here by map_shared_info()
shared_info:
	.skip	4096

	.section .text.hypercall_page, "ax"
	.globl	hypercall_page
hypercall_page:
	.skip	4096
