/*
 * ELF notes, by which a kernel image tells the domain builder what it is (xen/include/public/elfnote.h).
 * For assembly files. A note is three words (name size, description size, type), the name, the description.
 */
#ifndef RINGSIDE_NOTES_H
#define RINGSIDE_NOTES_H

#include "abi.h"

#define VIRT_BASE 0xc0000000

.macro xen_note_begin type
	.pushsection .note.Xen, "a", @note
	.balign 4
	.long 2f - 1f, 4f - 3f, \type
1:	.asciz "Xen"
2:	.balign 4
3:
.endm

.macro xen_note_end
4:	.balign 4
	.popsection
.endm

.macro xen_note_string type, text
	xen_note_begin \type
	.asciz "\text"
	xen_note_end
.endm

.macro xen_note_word type, value
	xen_note_begin \type
	.long \value
	xen_note_end
.endm

/* The notes of all our guests: a PAE kernel at VIRT_BASE, whose `start` is called and whose hypercall page gets filled. */
.macro xen_notes name
	xen_note_string XEN_ELFNOTE_GUEST_OS, "\name"
	xen_note_string XEN_ELFNOTE_GUEST_VERSION, "1"
	xen_note_string XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
	xen_note_string XEN_ELFNOTE_LOADER, "generic"
	xen_note_string XEN_ELFNOTE_PAE_MODE, "yes"
	xen_note_word XEN_ELFNOTE_VIRT_BASE, VIRT_BASE
	xen_note_word XEN_ELFNOTE_PADDR_OFFSET, 0
	xen_note_word XEN_ELFNOTE_ENTRY, start
	xen_note_word XEN_ELFNOTE_HYPERCALL_PAGE, hypercall_page
.endm

#endif
