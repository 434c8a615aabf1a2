/*
 * The domain that is made, page by page. Its three pages of its own lie at CHILD_BASE; its page tables are mapped nowhere, as it
 * never changes them.
 */
#include "abi.h"

#define CHILD_BASE 0x200000
#define CHILD_CODE CHILD_BASE
#define CHILD_STACK_TOP (CHILD_BASE + 2 * 4096)
#define CHILD_HYPERCALLS (CHILD_BASE + 2 * 4096)

/* By pseudo-physical number. */
#define CODE 0
#define STACK 1
#define HYPERCALLS 2
#define MAPPED 3
#define L1 3
#define L2 4
#define L2_TOP 5
#define L3 6
#define PAGES 7
