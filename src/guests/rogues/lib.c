/* The little that attacks need: hypercalls, a console, memory, and faults that are noted instead of fatal. */
#include "rogue.h"

extern void left_ring3(void);

const struct start_info *start_info;
struct caught caught;
static volatile struct xencons_interface *ring;
static char *fresh;
static const char *attack_name;

int32_t ask(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	int32_t result;

	asm volatile("call *%%eax"
		     : "=a"(result), "+b"(a), "+c"(b), "+d"(c), "+S"(d)
		     : "0"(hypercall_stub(number))
		     : "memory", "edi");
	return result;
}

/* Without the page: for numbers that have no stub. */
int32_t raw_hypercall(uint32_t number)
{
	int32_t result;

	asm volatile("int $0x82" : "=a"(result) : "0"(number), "b"(0), "c"(0), "d"(0), "S"(0), "D"(0) : "memory");
	return result;
}

int32_t mmu_update(pte_t *entry, pte_t value, uint32_t domain)
{
	struct mmu_update update = {
		.ptr = (uint64_t)frame_of(entry) << PAGE_SHIFT | ((uint32_t)entry & (PAGE_SIZE - 1)) | MMU_NORMAL_PT_UPDATE,
		.val = value,
	};

	return ask(__HYPERVISOR_mmu_update, (uint32_t)&update, 1, 0, domain);
}

int32_t mmuext(uint32_t command, uint32_t argument)
{
	struct mmuext_op op = { .cmd = command, .arg1 = argument };

	return ask(__HYPERVISOR_mmuext_op, (uint32_t)&op, 1, 0, DOMID_SELF);
}

int32_t update_va_mapping(const void *address, pte_t entry)
{
	return ask(__HYPERVISOR_update_va_mapping, (uint32_t)address, (uint32_t)entry, (uint32_t)(entry >> 32), UVMF_INVLPG);
}

int32_t event_op(uint32_t op, void *argument)
{
	return ask(__HYPERVISOR_event_channel_op, op, (uint32_t)argument, 0, 0);
}

int32_t memory_op(uint32_t op, void *argument)
{
	return ask(__HYPERVISOR_memory_op, op, (uint32_t)argument, 0, 0);
}

uint32_t frame_of(const void *address)
{
	return ((const uint32_t *)start_info->mfn_list)[((uint32_t)address - KERNEL_BASE) >> PAGE_SHIFT];
}

void *address_of_frame(uint32_t mfn)
{
	return (void *)(KERNEL_BASE + (((const uint32_t *)MACH2PHYS_VIRT_START)[mfn] << PAGE_SHIFT));
}

pte_t pte_for(uint32_t mfn, uint64_t flags)
{
	return (uint64_t)mfn << PAGE_SHIFT | flags | PRESENT;
}

static void *table(pte_t entry)
{
	return address_of_frame((uint32_t)((entry & FRAME) >> PAGE_SHIFT));
}

pte_t *l2_entry_of(const void *address)
{
	pte_t *l3 = (pte_t *)start_info->pt_base, *l2 = table(l3[(uint32_t)address >> 30]);

	return &l2[(uint32_t)address >> 21 & 511];
}

pte_t *entry_of(const void *address)
{
	pte_t *l1 = table(*l2_entry_of(address));

	return &l1[(uint32_t)address >> 12 & 511];
}

/* Pages behind what the builder uses; it maps at least 128 of them. */
void *new_page(void)
{
	char *page = fresh;

	fresh += PAGE_SIZE;
	for (uint32_t i = 0; i < PAGE_SIZE; i += 4)
		*(uint32_t *)(page + i) = 0;
	return page;
}

void *new_read_only_page(void)
{
	void *page = new_page();

	update_va_mapping(page, pte_for(frame_of(page), 0));
	return page;
}

static bool is_ours(uint32_t mfn)
{
	uint32_t number = ((const uint32_t *)MACH2PHYS_VIRT_START)[mfn];

	return number < start_info->nr_pages && ((const uint32_t *)start_info->mfn_list)[number] == mfn;
}

/* A frame that is not ours: the next above our first ones, or the one that the command line names (frame=NUMBER). */
uint32_t foreign_frame(void)
{
	const char *line = (const char *)start_info->cmd_line;
	uint32_t frame = 0;

	for (; *line; line++) {
		if (line[0] != 'f' || line[1] != 'r' || line[2] != 'a' || line[3] != 'm' || line[4] != 'e' || line[5] != '=')
			continue;
		for (line += 6; *line >= '0' && *line <= '9'; line++)
			frame = frame * 10 + (uint32_t)(*line - '0');
		return frame;
	}
	frame = frame_of((void *)KERNEL_BASE);
	while (is_ours(frame))
		frame++;
	return frame;
}

static uint32_t length_of(const char *text)
{
	uint32_t length = 0;

	while (text[length])
		length++;
	return length;
}

static void tell_reader(void)
{
	struct evtchn_send send = { .port = start_info->console_evtchn };

	event_op(EVTCHNOP_send, &send);
}

static void yield(void)
{
	ask(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
}

/* Not to be called with an empty text; the other end is told of whole lines. */
void say(const char *text)
{
	if (!ring) {
		ask(__HYPERVISOR_console_io, CONSOLEIO_write, length_of(text), (uint32_t)text, 0);
		return;
	}
	for (; *text; text++) {
		while (ring->out_prod - ring->out_cons == sizeof(ring->out)) {
			tell_reader();
			yield();
		}
		ring->out[ring->out_prod % sizeof(ring->out)] = (uint8_t)*text;
		ring->out_prod++;
	}
	if (text[-1] == '\n')
		tell_reader();
}

static void number(char *to, uint32_t value, uint32_t base)
{
	char digits[12];
	int count = 0;

	do
		digits[count++] = "0123456789abcdef"[value % base];
	while (value /= base);
	while (count)
		*to++ = digits[--count];
	*to = 0;
}

void say_number(uint32_t value)
{
	char text[12];

	number(text, value, 10);
	say(text);
}

#define NAMED(error) { error, #error }
static const struct {
	int32_t number;
	const char *name;
} errors[] = {
	NAMED(EPERM), NAMED(ENOENT), NAMED(ESRCH), NAMED(E2BIG), NAMED(EAGAIN), NAMED(ENOMEM), NAMED(EACCES), NAMED(EFAULT),
	NAMED(EBUSY), NAMED(EEXIST), NAMED(EXDEV), NAMED(EINVAL), NAMED(ENOSPC), NAMED(EDOM), NAMED(ERANGE), NAMED(ENOSYS),
	NAMED(EOPNOTSUPP), NAMED(ENODEV),
};

void say_error(int32_t result)
{
	for (uint32_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].number != -result)
			continue;
		say("-");
		say(errors[i].name);
		return;
	}
	say("-");
	say_number((uint32_t)-result);
}

/* Whose words follow. */
void say_start(void)
{
	say("rogue ");
	say(attack_name);
}

void report(const char *text)
{
	say_start();
	say(": ");
	say(text);
	say("\n");
}

void report_result(int32_t result)
{
	say_start();
	if (result >= 0) {
		say(": GOT THROUGH, result ");
		say_number((uint32_t)result);
	} else {
		say(": refused ");
		say_error(result);
	}
	say("\n");
}

static const char *fault_name(int vector)
{
	switch (vector) {
	case 6: return "#UD";
	case 10: return "#TS";
	case 11: return "#NP";
	case 12: return "#SS";
	case 13: return "#GP";
	case 14: return "#PF";
	default: return "a trap";
	}
}

void report_fault(void)
{
	char error[12];

	if (caught.vector < 0) {
		report("GOT THROUGH, no fault");
		return;
	}
	number(error, caught.error, 16);
	say_start();
	say(": fault ");
	say(fault_name(caught.vector));
	say(", error ");
	say(error);
	say("\n");
}

void shutdown(void)
{
	struct sched_shutdown how = { .reason = SHUTDOWN_poweroff };

	while (ring && ring->out_cons != ring->out_prod)
		yield();
	ask(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uint32_t)&how, 0, 0);
}

void map_shared_info(void)
{
	update_va_mapping(&shared_info, start_info->shared_info | PRESENT | WRITABLE);
}

struct frame {
	uint32_t edi, esi, ebp, unused, ebx, edx, ecx, eax;
	uint32_t vector, error, eip, cs, eflags;
};

/* Called by head.S. Notes the fault and goes on where TRY said, or behind enter_ring3(). */
void rogue_trap(struct frame *frame)
{
	caught.vector = (int)frame->vector;
	caught.error = frame->error;
	if ((frame->cs & 3) == 3) {
		frame->cs = FLAT_RING1_CS;
		frame->eip = (uint32_t)left_ring3;
	} else if (caught.resume) {
		frame->eip = caught.resume;
	} else {
		report("an unexpected fault in ring 1");
		shutdown();
	}
}

void run_in_ring3(const char *code)
{
	caught.vector = -1;
	update_va_mapping(ring3_page, pte_for(frame_of(ring3_page), USER));
	update_va_mapping(ring3_stack, pte_for(frame_of(ring3_stack), USER | WRITABLE));
	ask(__HYPERVISOR_stack_switch, FLAT_RING1_DS, (uint32_t)trap_stack_top, 0, 0);
	enter_ring3(code, ring3_stack + PAGE_SIZE);
}

static const struct attack *const groups[] = {
	memory_attacks, table_attacks, privilege_attacks, descriptor_attacks, trap_attacks,
	hypercall_attacks, event_attacks, grant_attacks, ring_attacks, xenstore_attacks, vcpu_attacks,
};

/* Whether the command line holds attack=NAME. */
static bool chosen(const char *name)
{
	const char *line = (const char *)start_info->cmd_line;

	for (; *line; line++) {
		const char *wanted = name, *at = line + 7;

		if (line[0] != 'a' || line[1] != 't' || line[2] != 't' || line[3] != 'a' || line[4] != 'c' || line[5] != 'k' ||
		    line[6] != '=')
			continue;
		while (*wanted && *wanted == *at)
			wanted++, at++;
		return !*wanted && (*at == 0 || *at == ' ');
	}
	return false;
}

static void list(void)
{
	for (uint32_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		for (const struct attack *a = groups[g]; a->name; a++) {
			say(a->name);
			say("\n");
		}
	}
}

void rogue_main(const struct start_info *info)
{
	start_info = info;
	fresh = (char *)info->pt_base + info->nr_pt_frames * PAGE_SIZE + PAGE_SIZE;
	if (!(info->flags & SIF_INITDOMAIN))
		ring = address_of_frame(info->console_mfn);
	ask(__HYPERVISOR_set_trap_table, (uint32_t)trap_table, 0, 0, 0);
	for (uint32_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		for (const struct attack *a = groups[g]; a->name; a++) {
			if (!chosen(a->name))
				continue;
			attack_name = a->name;
			report(a->about);
			a->run();
			shutdown();
		}
	}
	list();
	shutdown();
}
