/*
 * Configuration of PCI by mechanism 1 (PCI Local Bus Specification, 3.2.2.3.2): an address to port CF8, the word at CFC. Where there is no
 * bus, all ones come back.
 */
#include "machine.h"

#define ADDRESS 0xcf8
#define DATA 0xcfc
#define SLOTS 32
#define FUNCTIONS 8
#define NOBODY 0xffff
#define HEADER_TYPE 0x0c /* bits 23..16 of this word; bit 23: several functions */

static void choose(const struct pci_function *function, uint32_t offset)
{
	out32(ADDRESS, 0x80000000u | (uint32_t)function->slot << 11 | (uint32_t)function->function << 8 | (offset & 0xfc));
}

/* `offset` is a multiple of 4. */
uint32_t pci_read(const struct pci_function *function, uint32_t offset)
{
	choose(function, offset);
	return in32(DATA);
}

void pci_write(const struct pci_function *function, uint32_t offset, uint32_t value)
{
	choose(function, offset);
	out32(DATA, value);
}

static bool is_there(struct pci_function *function)
{
	uint32_t id = pci_read(function, 0);

	function->vendor = (uint16_t)id;
	function->device = (uint16_t)(id >> 16);
	if (function->vendor == NOBODY)
		return false;
	function->class_code = pci_read(function, 8) >> 8;
	return true;
}

static bool has_several(const struct pci_function *function)
{
	struct pci_function first = { .slot = function->slot };

	return pci_read(&first, HEADER_TYPE) >> 23 & 1 && (uint16_t)pci_read(&first, 0) != NOBODY;
}

/* Goes on to the next function that is there; one whose vendor is 0 stands before the first. */
bool pci_next(struct pci_function *function)
{
	if (!is_domain_0())
		return false;
	if (!function->vendor && is_there(function))
		return true;
	for (;;) {
		bool more = function->function + 1 < FUNCTIONS && has_several(function);

		if (!more && function->slot + 1 == SLOTS)
			return false;
		function->function = (uint8_t)(more ? function->function + 1 : 0);
		function->slot = (uint8_t)(function->slot + !more);
		if (is_there(function))
			return true;
	}
}

/* The first port of a base address, where that is one of ports. */
uint16_t pci_port(const struct pci_function *function, uint32_t base)
{
	uint32_t value = pci_read(function, PCI_BASE(base));

	return value & 1 ? (uint16_t)(value & 0xfffc) : 0;
}
