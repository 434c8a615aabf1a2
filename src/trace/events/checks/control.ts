import { row } from './row';

/** Questions about pointers, selectors, handlers, ports, grants, privileges and instructions. */
export const CONTROL_CHECKS = {
	guest_pointer: row('Does the pointer stay out of the hypervisor\u2019s part of the address space?', 'address', 'length', 'xen/include/asm-x86/x86_32/uaccess.h: access_ok')
};
