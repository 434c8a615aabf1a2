/*
 * The ways into the kernel, and the one way back.
 *
 * Xen bounces a trap to us: it switches to the kernel's stack if ring 3 was running, pushes SS ESP (then only),
 * EFLAGS CS EIP and the error code, masks events, and jumps to the handler of our trap table. We make it a
 * struct frame (pocket.h). The way back is the iret hypercall: it restores all this and unmasks events in one step.
 *
 * A system call does not pass through Xen: `int $0x80` goes through a gate that leads straight here.
 */
#include "abi.h"

#define MASK	shared_info + VCPU_INFO_evtchn_upcall_mask
#define PENDING	shared_info + VCPU_INFO_evtchn_upcall_pending
#define IRET	hypercall_page + 32 * __HYPERVISOR_iret

	.text

/* Pushes what the processor did not, and calls `handler(frame)`. */
.macro enter handler
	pusha
	push	%ds
	push	%es
	mov	$FLAT_RING1_DS, %eax	# the process may have loaded anything into these
	mov	%eax, %ds
	mov	%eax, %es
	cld
	push	%esp
	call	\handler
	add	$4, %esp
.endm

.macro trap_entry vector, has_error=0
trap_entry_\vector:
	.if \has_error == 0
	push	$0
	.endif
	push	$\vector
	jmp	trap_common
.endm

	trap_entry 0			# divide error
	trap_entry 1			# debug
	trap_entry 3			# breakpoint
	trap_entry 4			# overflow
	trap_entry 5			# bound
	trap_entry 6			# invalid opcode
	trap_entry 7			# no coprocessor
	trap_entry 10, 1		# bad TSS
	trap_entry 11, 1		# segment not present
	trap_entry 12, 1		# stack
	trap_entry 13, 1		# general protection
	trap_entry 14, 1		# page fault
	trap_entry 16			# coprocessor error
	trap_entry 17, 1		# alignment

trap_common:
	enter	trap
	.globl	trap_return		# a new process starts here, on a frame that fork made
trap_return:
	pop	%es
	pop	%ds
	popa
	add	$8, %esp		# vector and error code
	jmp	IRET

/* An event, from ring 3 or from the idle loop. */
	.globl	event_entry
event_entry:
	push	$0
	push	$-1
	enter	event_upcall
	jmp	trap_return

/* An event on any of several vcpus, in the tour of them. */
	.globl	smp_event_entry
smp_event_entry:
	push	$0
	push	$-1
	enter	smp_upcall
	jmp	trap_return

/* Xen could not load a segment register on the way back to us: it pushed DS ES FS GS. Only nonsense gets there. */
	.globl	failsafe_entry
failsafe_entry:
	add	$16, %esp
	push	%eax
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	pop	%eax
	jmp	IRET

/*
 * A system call. Events are not masked yet: one may arrive before the first instruction has run, which is harmless,
 * because event_upcall() never switches processes when it interrupted ring 1.
 */
	.globl	system_call_entry
system_call_entry:
	movb	$1, %ss:MASK
	push	$0
	push	$0x80
	enter	system_call
	pop	%es
	pop	%ds
	popa
	add	$8, %esp
	movb	$0, %ss:MASK
	cmpb	$0, %ss:PENDING
	jne	IRET			# an event waits: let Xen deliver it on the way
	iret				# nothing to do for Xen: straight back to ring 3

/* switch_stacks(&save_esp, esp): the heart of a context switch. What C expects to survive a call is kept on the stack. */
	.globl	switch_stacks
switch_stacks:
	mov	4(%esp), %eax
	mov	8(%esp), %edx
	push	%ebp
	push	%ebx
	push	%esi
	push	%edi
	mov	%esp, (%eax)
	mov	%edx, %esp
	pop	%edi
	pop	%esi
	pop	%ebx
	pop	%ebp
	ret

	.section .rodata
	.balign	4
	.globl	trap_table
trap_table:				# struct trap_info: vector, flags (DPL of INT n, 4 = mask events), CS, address
.macro trap_row vector, dpl=0
	.byte	\vector, \dpl | TI_IF
	.word	FLAT_RING1_CS
	.long	trap_entry_\vector
.endm
	trap_row 0
	trap_row 1
	trap_row 3, 3
	trap_row 4, 3
	trap_row 5
	trap_row 6
	trap_row 7
	trap_row 10
	trap_row 11
	trap_row 12
	trap_row 13
	trap_row 14
	trap_row 16
	trap_row 17
	.byte	0x80, 3			# the direct gate: no masking, because Xen is not there to do it
	.word	FLAT_RING1_CS
	.long	system_call_entry
	.long	0, 0			# address 0 ends the table
