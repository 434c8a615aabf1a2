/*
 * run=smp: one kernel on several virtual processors. Xen starts the first; the kernel gives each of the others a
 * context (a stack, a GDT, callbacks) and brings it up. They signal each other by events, agree by a lock, and one
 * of them goes down and comes up again. Only the first one prints, so the story is the same however they are scheduled.
 */
#include "kernel/pocket.h"

#define MOST 32
#define ROUNDS 5
#define COUNTS 50
/* A data segment of ring 1, entry 1 of each vcpu's own GDT: the vcpu's struct cpu. */
#define OWN_SEGMENT (1 << 3 | 1)

enum job { NOTHING_TO_DO, COUNT, GO_DOWN };

static struct cpu {
	uint32_t id; /* at the start of the segment, so that a vcpu finds out who it is */
	uint32_t port; /* signals this vcpu */
	char *stack;
	void *gdt;
	bool up, stack_is_own;
	volatile enum job job;
	volatile uint32_t jobs_done, signals, waits;
} cpus[MOST];

static uint32_t vcpus;
static volatile uint32_t lock, counter;
/* The vcpu that the signal on its way round is meant for, or none. */
#define NO_TOKEN MOST
static volatile uint32_t token = NO_TOKEN, hops;

extern void smp_event_entry(void), failsafe_entry(void);

static struct cpu *self(void)
{
	uint32_t id;

	asm volatile("mov %%fs:0, %0" : "=r"(id));
	return &cpus[id];
}

static struct vcpu_info *own_info(void)
{
	return &shared_info.vcpu_info[self()->id];
}

/* Waits for an event, and takes it; events are masked before and after. */
static void wait_for_event(void)
{
	sched_op(SCHEDOP_block, NULL);
	own_info()->evtchn_upcall_mask = 1;
}

static void signal(uint32_t id)
{
	event_send(cpus[id].port);
}

/* --- signals ---------------------------------------------------------------------------------------------- */

static void pass_on(void)
{
	uint32_t next = (self()->id + 1) % vcpus;

	token = next;
	signal(next);
}

/* Somebody signalled this vcpu. The one for which the token is passes it on, until it has gone round often enough. */
static void signalled(void)
{
	struct cpu *me = self();

	me->signals++;
	if (token != me->id)
		return;
	token = NO_TOKEN;
	if (++hops < ROUNDS * vcpus)
		pass_on();
}

/* Called by entry.S. */
void smp_upcall(struct frame *frame)
{
	(void)frame;
	events_serve(self()->id);
}

/* --- the lock --------------------------------------------------------------------------------------------- */

/* Whoever finds it taken gives the processor to the others: its holder may not be on one. */
static void take_lock(void)
{
	uint32_t taken = 1;

	for (;;) {
		asm volatile("xchg %0, %1" : "+r"(taken), "+m"(lock) : : "memory");
		if (!taken)
			return;
		self()->waits++;
		sched_op(SCHEDOP_yield, NULL);
	}
}

static void release_lock(void)
{
	asm volatile("" ::: "memory");
	lock = 0;
}

/* Without the lock, counts would get lost: another vcpu may run in the middle of each. */
static void count(void)
{
	for (int i = 0; i < COUNTS; i++) {
		uint32_t before;

		take_lock();
		before = counter;
		sched_op(SCHEDOP_yield, NULL);
		counter = before + 1;
		release_lock();
	}
}

/* --- the other vcpus -------------------------------------------------------------------------------------- */

static void work(struct cpu *me)
{
	if (me->job == COUNT)
		count();
	if (me->job == GO_DOWN)
		vcpu_op(VCPUOP_down, me->id, NULL); /* comes back when somebody brings it up */
	me->job = NOTHING_TO_DO;
	me->jobs_done++;
	signal(0);
}

/* Where each of them begins, by its context. */
static void __attribute__((noreturn)) begin(void)
{
	struct cpu *me = self();
	uint32_t here;

	asm volatile("mov %%esp, %0" : "=r"(here));
	me->stack_is_own = (here & -PAGE_SIZE) == (uint32_t)me->stack;
	me->up = true;
	signal(0);
	for (;;) {
		while (me->job == NOTHING_TO_DO)
			wait_for_event();
		work(me);
	}
}

/* A GDT with the segment of one vcpu. Xen checks it when it is set; nobody may write it from then on. */
static void make_gdt(struct cpu *cpu)
{
	uint32_t base = (uint32_t)cpu, limit = sizeof(*cpu) - 1;
	uint32_t *gdt = page_allocate();

	gdt[2] = base << 16 | limit;
	gdt[3] = (base & 0xff000000) | 0x0040b200 | (base >> 16 & 0xff); /* 32 bits, present, DPL 1, data, writable */
	cpu->gdt = gdt;
	update_protection(gdt, false);
	flush_updates();
}

static void bind(struct cpu *cpu)
{
	struct evtchn_bind_ipi ipi = { .vcpu = cpu->id };

	if (event_channel_op(EVTCHNOP_bind_ipi, &ipi) < 0)
		panic("Xen refused a signal between vcpus");
	cpu->port = ipi.port;
	event_bind_on(cpu->id, cpu->port, signalled);
}

static void fill_context(struct vcpu_guest_context *context, struct cpu *cpu)
{
	uint32_t l3 = frame_of((void *)start_info->pt_base);

	memset(context, 0, sizeof(*context));
	context->flags = VGCF_IN_KERNEL;
	context->user_regs.eip = (uint32_t)begin;
	context->user_regs.cs = FLAT_RING1_CS;
	context->user_regs.esp = (uint32_t)cpu->stack + PAGE_SIZE - 16;
	context->user_regs.ss = context->user_regs.ds = context->user_regs.es = FLAT_RING1_DS;
	context->user_regs.fs = OWN_SEGMENT;
	for (const struct trap_info *row = trap_table; row->address; row++)
		context->trap_ctxt[row->vector] = *row; /* here the place in the table is the vector */
	context->gdt_frames[0] = frame_of(cpu->gdt);
	context->gdt_ents = 2;
	context->kernel_ss = FLAT_RING1_DS;
	context->kernel_sp = (uint32_t)cpu->stack + PAGE_SIZE;
	context->ctrlreg[3] = l3 << PAGE_SHIFT | l3 >> (32 - PAGE_SHIFT);
	context->event_callback_cs = context->failsafe_callback_cs = FLAT_RING1_CS;
	context->event_callback_eip = (uint32_t)smp_event_entry;
	context->failsafe_callback_eip = (uint32_t)failsafe_entry;
}

/* The first vcpu runs already; it gets by hypercalls what the others get by their contexts. */
static void prepare_first(void)
{
	uint32_t frame;

	make_gdt(&cpus[0]);
	frame = frame_of(cpus[0].gdt);
	if (set_gdt(&frame, 2) < 0)
		panic("Xen refused a GDT");
	asm volatile("mov %0, %%fs" : : "r"(OWN_SEGMENT));
	set_callbacks(FLAT_RING1_CS, smp_event_entry, failsafe_entry);
	bind(&cpus[0]);
	cpus[0].up = true;
}

static void start(struct cpu *cpu)
{
	static struct vcpu_guest_context context;
	int early, initialised, again, up;

	cpu->stack = page_allocate();
	make_gdt(cpu);
	bind(cpu);
	fill_context(&context, cpu);
	early = vcpu_op(VCPUOP_up, cpu->id, NULL);
	initialised = vcpu_op(VCPUOP_initialise, cpu->id, &context);
	again = vcpu_op(VCPUOP_initialise, cpu->id, &context);
	up = vcpu_op(VCPUOP_up, cpu->id, NULL);
	print("smp: vcpu %u: up too early %d, initialise %d, once more %d, up %d\n", cpu->id, early, initialised, again, up);
	while (!cpu->up)
		wait_for_event();
	print("smp: vcpu %u runs, on a stack of %s, and its GDT says who it is\n", cpu->id,
	      cpu->stack_is_own ? "its own" : "another's");
}

/* --- the story -------------------------------------------------------------------------------------------- */

static uint32_t count_vcpus(void)
{
	uint32_t id = 0;

	while (id < MOST && vcpu_op(VCPUOP_is_up, id, NULL) >= 0)
		id++;
	return id;
}

static void send_around(void)
{
	pass_on();
	while (hops < ROUNDS * vcpus)
		wait_for_event();
	print("smp: a signal went round %u times: %u hops\n", ROUNDS, hops);
}

static void give_job(struct cpu *cpu, enum job job)
{
	cpu->job = job;
	signal(cpu->id);
}

static void finish_job(struct cpu *cpu, uint32_t jobs)
{
	while (cpu->jobs_done < jobs)
		wait_for_event();
}

static void count_together(void)
{
	uint32_t waits = 0;

	for (uint32_t id = 1; id < vcpus; id++)
		give_job(&cpus[id], COUNT);
	count();
	for (uint32_t id = 1; id < vcpus; id++)
		finish_job(&cpus[id], 1);
	for (uint32_t id = 0; id < vcpus; id++)
		waits += cpus[id].waits;
	print("smp: each counted to %u under one lock: %u together, taken %5u times when somebody came\n", COUNTS, counter, waits);
}

static int runstate_of(const struct cpu *cpu)
{
	struct vcpu_runstate_info info = { .state = -1 };

	vcpu_op(VCPUOP_get_runstate_info, cpu->id, &info);
	return info.state;
}

/* A vcpu that goes down stays where it is; what it is told meanwhile waits for it. */
static void down_and_up(struct cpu *cpu)
{
	uint32_t before;

	give_job(cpu, GO_DOWN);
	while (vcpu_op(VCPUOP_is_up, cpu->id, NULL) > 0 || runstate_of(cpu) != 3)
		sched_op(SCHEDOP_yield, NULL);
	before = cpu->signals;
	signal(cpu->id);
	sched_op(SCHEDOP_yield, NULL);
	print("smp: vcpu %u is down, runstate %d; it was signalled and has taken %u\n", cpu->id, runstate_of(cpu),
	      cpu->signals - before);
	print("smp: vcpu %u: up %d\n", cpu->id, vcpu_op(VCPUOP_up, cpu->id, NULL));
	finish_job(cpu, 2);
	while (cpu->signals == before)
		sched_op(SCHEDOP_yield, NULL);
	give_job(cpu, COUNT);
	finish_job(cpu, 3);
	print("smp: vcpu %u went on where it had stopped, and took the signal; the count is %u\n", cpu->id, counter);
}

void tour_smp(void)
{
	vcpus = count_vcpus();
	for (uint32_t id = 0; id < vcpus; id++)
		cpus[id].id = id;
	print("smp: vcpus of this domain: %u; the first is up, vcpu %u would be %d\n", vcpus, vcpus,
	      vcpu_op(VCPUOP_is_up, vcpus, NULL));
	prepare_first();
	for (uint32_t id = 1; id < vcpus; id++)
		start(&cpus[id]);
	send_around();
	count_together();
	if (vcpus > 1)
		down_and_up(&cpus[vcpus - 1]);
	print("smp: the last vcpu that goes down takes the domain with it\n");
	console_drain();
	for (uint32_t id = vcpus; id-- > 0;)
		vcpu_op(VCPUOP_down, id, NULL);
	panic("the domain goes on without vcpus");
}
