/*
 * The machine below, for whoever may touch it: domain 0. Each access to a port is a fault that Xen serves, so a string of them is cheaper.
 */
#pragma once
#include "io.h"

static inline void out8(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t in8(uint16_t port)
{
	uint8_t value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void out16(uint16_t port, uint16_t value)
{
	asm volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint16_t in16(uint16_t port)
{
	uint16_t value;

	asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void out32(uint16_t port, uint32_t value)
{
	asm volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint32_t in32(uint16_t port)
{
	uint32_t value;

	asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void in16_string(uint16_t port, void *to, uint32_t words)
{
	asm volatile("rep insw" : "+D"(to), "+c"(words) : "d"(port) : "memory");
}

static inline void out16_string(uint16_t port, const void *from, uint32_t words)
{
	asm volatile("rep outsw" : "+S"(from), "+c"(words) : "d"(port) : "memory");
}

/* interrupt.c */
int interrupt_bind(uint32_t line, bool level, void (*handler)(void *argument), void *argument);

/* pci.c: functions of bus 0 */
struct pci_function {
	uint8_t slot, function;
	uint16_t vendor, device;
	uint32_t class_code; /* class, subclass, interface: 24 bits */
};

#define PCI_COMMAND 0x04
#define PCI_COMMAND_IO 1
#define PCI_COMMAND_MASTER 4
#define PCI_BASE(n) (0x10 + 4 * (n))
#define PCI_INTERRUPT_LINE 0x3c

uint32_t pci_read(const struct pci_function *function, uint32_t offset);
void pci_write(const struct pci_function *function, uint32_t offset, uint32_t value);
bool pci_next(struct pci_function *function); /* the one behind this; begin with zeros and vendor 0 */
uint16_t pci_port(const struct pci_function *function, uint32_t base); /* 0 where that is none */
