/*
 * Domain 0's kernel that makes a domain by hypercalls alone, as the tools of a real domain 0 do through its kernel: it asks for an empty domain, gives
 * it memory and vcpus, writes its page and its page tables through a window of its own, says where it is to start, lets it
 * run, sees it end, and takes it away again. Each call is told with what it returned.
 */
#include "child.h"

#define VIRT_BASE 0xc0000000u
#define PAGE_SHIFT 12
#define PAGE_SIZE 4096u
#define PRESENT 1u
#define WRITABLE 2u
#define USER 4u

#define DOMCTL_VERSION 0x15
#define VCPUS 1

extern char hypercall_page[], child_page[];

static const struct start_info *start_info;
static uint32_t frames[PAGES];
static struct vcpu_guest_context context;
/* Where a page of the new domain is mapped while it is written. */
static uint8_t window[PAGE_SIZE] __attribute__((aligned(4096)));

static int32_t hypercall(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e)
{
	int32_t result;

	asm volatile("call *%%eax"
		     : "=a"(result), "+b"(a), "+c"(b), "+d"(c), "+S"(d), "+D"(e)
		     : "0"(hypercall_page + number * 32)
		     : "memory");
	return result;
}

static void say(const char *text)
{
	uint32_t length = 0;

	while (text[length])
		length++;
	hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, length, (uint32_t)text, 0, 0);
}

static void say_number(int32_t number)
{
	char digits[12];
	char *at = digits + sizeof(digits) - 1;
	uint32_t left = number < 0 ? -(uint32_t)number : (uint32_t)number;

	*at = 0;
	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (number < 0)
		*--at = '-';
	say(at);
}

static void power_off(void)
{
	struct sched_shutdown shutdown = { .reason = SHUTDOWN_poweroff };

	hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uint32_t)&shutdown, 0, 0, 0);
}

/* Tells a call and its result; a refusal is the end. */
static int32_t told(const char *call, int32_t result)
{
	say(call);
	say(": ");
	say_number(result);
	say("\n");
	if (result < 0)
		power_off();
	return result;
}

static int32_t domctl(uint32_t command, uint16_t domain, struct xen_domctl *op)
{
	op->cmd = command;
	op->interface_version = DOMCTL_VERSION;
	op->domain = domain;
	return hypercall(__HYPERVISOR_domctl, (uint32_t)op, 0, 0, 0, 0);
}

/* Bytes that nobody has. */
static uint64_t free_memory(void)
{
	struct xen_sysctl op = { .cmd = SYSCTL_CMD_availheap, .interface_version = DOMCTL_VERSION };

	hypercall(__HYPERVISOR_sysctl, (uint32_t)&op, 0, 0, 0, 0);
	return ((struct xen_sysctl_availheap *)op.u)->avail_bytes;
}

static uint16_t create(void)
{
	struct xen_domctl op = { 0 };
	struct xen_domctl_createdomain *domain = (struct xen_domctl_createdomain *)op.u;

	domain->max_vcpus = VCPUS;
	domain->max_evtchn_port = 1023;
	domain->max_grant_frames = -1;
	domain->max_maptrack_frames = -1;
	told("createdomain", domctl(DOMCTL_CMD_createdomain, 0, &op));
	return op.domain;
}

static void give_memory(uint16_t domain)
{
	struct xen_domctl op = { 0 };
	struct xen_memory_reservation pages = { .extent_start = (uint32_t)frames, .nr_extents = PAGES, .domid = domain };

	((struct xen_domctl_max_mem *)op.u)->max_memkb = PAGES * (PAGE_SIZE / 1024);
	told("max_mem", domctl(DOMCTL_CMD_max_mem, domain, &op));
	/* The list holds pseudo-physical numbers before the call, and the machine's frames after it. */
	for (uint32_t page = 0; page < PAGES; page++)
		frames[page] = page;
	told("populate_physmap", hypercall(__HYPERVISOR_memory_op, XENMEM_populate_physmap, (uint32_t)&pages, 0, 0, 0));
}

static void give_vcpus(uint16_t domain)
{
	struct xen_domctl op = { 0 };

	((struct xen_domctl_max_vcpus *)op.u)->max = VCPUS;
	told("max_vcpus", domctl(DOMCTL_CMD_max_vcpus, domain, &op));
	((struct xen_domctl_address_size *)op.u)->size = 32;
	told("set_address_size", domctl(DOMCTL_CMD_set_address_size, domain, &op));
	((struct xen_domctl_hypercall_init *)op.u)->gmfn = frames[HYPERCALLS];
	told("hypercall_init", domctl(DOMCTL_CMD_hypercall_init, domain, &op));
}

static uint64_t entry(uint32_t frame, uint32_t flags)
{
	return (uint64_t)frame << PAGE_SHIFT | flags;
}

/* Puts a frame of `owner` under the window. */
static int32_t look_at(uint32_t frame, uint16_t owner)
{
	uint64_t value = entry(frame, PRESENT | WRITABLE | USER);

	return hypercall(__HYPERVISOR_update_va_mapping_otherdomain, (uint32_t)window, (uint32_t)value,
			 (uint32_t)(value >> 32), UVMF_INVLPG, owner);
}

static void write_entry(uint16_t domain, uint32_t table, uint32_t index, uint64_t value)
{
	if (look_at(frames[table], domain) < 0)
		told("update_va_mapping_otherdomain", -1);
	((volatile uint64_t *)window)[index] = value;
}

/* Memory comes zeroed, so only what is not zero is written. */
static void write_pages(uint16_t domain)
{
	told("update_va_mapping_otherdomain", look_at(frames[CODE], domain));
	for (uint32_t at = 0; at < PAGE_SIZE; at++)
		((volatile uint8_t *)window)[at] = (uint8_t)child_page[at];
	for (uint32_t page = 0; page < MAPPED; page++)
		write_entry(domain, L1, page, entry(frames[page], PRESENT | WRITABLE | USER));
	write_entry(domain, L2, CHILD_BASE >> 21, entry(frames[L1], PRESENT | WRITABLE | USER));
	write_entry(domain, L3, 0, entry(frames[L2], PRESENT));
	write_entry(domain, L3, 3, entry(frames[L2_TOP], PRESENT)); /* Xen lives at its end */
}

/* A table that is mapped writable anywhere could not be one: the window shows its own page again. */
static void close_window(void)
{
	uint32_t own = ((const uint32_t *)start_info->mfn_list)[((uint32_t)window - VIRT_BASE) >> PAGE_SHIFT];
	uint64_t value = entry(own, PRESENT | WRITABLE | USER);

	told("update_va_mapping", hypercall(__HYPERVISOR_update_va_mapping, (uint32_t)window, (uint32_t)value,
					    (uint32_t)(value >> 32), UVMF_INVLPG, 0));
}

static void pin(uint16_t domain)
{
	struct mmuext_op op = { .cmd = MMUEXT_PIN_L3_TABLE, .arg1 = frames[L3] };

	told("mmuext_op, pin", hypercall(__HYPERVISOR_mmuext_op, (uint32_t)&op, 1, 0, domain, 0));
}

static void give_context(uint16_t domain)
{
	struct xen_domctl op = { 0 };
	struct cpu_user_regs *regs = &context.user_regs;

	context.flags = VGCF_IN_KERNEL | VGCF_ONLINE;
	regs->eip = CHILD_CODE;
	regs->esp = context.kernel_sp = CHILD_STACK_TOP;
	regs->cs = FLAT_RING1_CS;
	regs->ss = regs->ds = regs->es = regs->fs = regs->gs = FLAT_RING1_DS;
	context.kernel_ss = FLAT_RING1_DS;
	regs->eflags = 1u << 9; /* interrupts, which are Xen's */
	context.ctrlreg[3] = frames[L3] << PAGE_SHIFT | frames[L3] >> 20;
	((struct xen_domctl_vcpucontext *)op.u)->ctxt = (uint32_t)&context;
	told("setvcpucontext", domctl(DOMCTL_CMD_setvcpucontext, domain, &op));
}

/* Waits for the end of the domain: a tool would wait for VIRQ_DOM_EXC. */
static void see_it_run(uint16_t domain)
{
	struct xen_domctl op = { 0 };
	const struct xen_domctl_getdomaininfo *info = (const struct xen_domctl_getdomaininfo *)op.u;

	told("unpausedomain", domctl(DOMCTL_CMD_unpausedomain, domain, &op));
	do {
		hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0, 0);
		domctl(DOMCTL_CMD_getdomaininfo, domain, &op);
	} while (!(info->flags & DOMINF_shutdown));
	say("it has shut down, for reason ");
	say_number((int32_t)(info->flags >> DOMINF_SHUTDOWN_SHIFT & 0xff));
	say(", with pages: ");
	say_number((int32_t)info->tot_pages);
	say("\n");
}

void builder(const struct start_info *info)
{
	struct xen_domctl op = { 0 };
	uint64_t before = free_memory();
	uint16_t domain;

	start_info = info;
	domain = create();
	give_memory(domain);
	give_vcpus(domain);
	write_pages(domain);
	close_window();
	pin(domain);
	give_context(domain);
	see_it_run(domain);
	told("destroydomain", domctl(DOMCTL_CMD_destroydomain, domain, &op));
	say(free_memory() == before ? "all memory is back\n" : "MEMORY IS MISSING\n");
	power_off();
}
