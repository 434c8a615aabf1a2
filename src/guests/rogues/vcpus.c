/* Attacks by a second virtual processor: contexts that must not be taken, and starts that cost the domain its life. */
#include "rogue.h"

#define SECOND 1
#define ALL_ONES 0xff

static struct vcpu_guest_context context;
static char second_stack[PAGE_SIZE] __attribute__((aligned(4096)));

static int32_t vcpu_op(uint32_t op, uint32_t vcpu, const void *argument)
{
	return ask(__HYPERVISOR_vcpu_op, op, vcpu, (uint32_t)argument, 0);
}

static void __attribute__((noreturn)) spin(void)
{
	for (;;)
		ask(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
}

/* A context with which the second vcpu would do no harm. */
static void good_context(void)
{
	uint32_t l3 = frame_of((void *)start_info->pt_base);

	context.flags = VGCF_IN_KERNEL;
	context.user_regs.eip = (uint32_t)spin;
	context.user_regs.cs = FLAT_RING1_CS;
	context.user_regs.esp = (uint32_t)second_stack + PAGE_SIZE;
	context.user_regs.ss = context.user_regs.ds = context.user_regs.es = FLAT_RING1_DS;
	context.kernel_ss = FLAT_RING1_DS;
	context.kernel_sp = (uint32_t)second_stack + PAGE_SIZE;
	context.ctrlreg[3] = l3 << PAGE_SHIFT | l3 >> (32 - PAGE_SHIFT);
}

static void initialise(void)
{
	report_result(vcpu_op(VCPUOP_initialise, SECOND, &context));
}

/* Brings up the second vcpu, which will not get far, and waits for it to end the domain. */
static void start_it(void)
{
	if (vcpu_op(VCPUOP_initialise, SECOND, &context) < 0 || vcpu_op(VCPUOP_up, SECOND, NULL) < 0) {
		report("the second vcpu did not start");
		return;
	}
	for (uint32_t i = 0; i < 1000; i++)
		ask(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
	report("GOT THROUGH");
}

static void up_without_context(void)
{
	report_result(vcpu_op(VCPUOP_up, SECOND, NULL));
}

static void context_of_ones(void)
{
	for (uint32_t i = 0; i < sizeof(context); i++)
		((uint8_t *)&context)[i] = ALL_ONES;
	initialise();
}

static void context_twice(void)
{
	good_context();
	vcpu_op(VCPUOP_initialise, SECOND, &context);
	initialise();
}

static void context_nowhere(void)
{
	report_result(vcpu_op(VCPUOP_initialise, SECOND, (void *)XEN_TEXT));
}

static void context_foreign_table(void)
{
	good_context();
	context.ctrlreg[3] = foreign_frame() << PAGE_SHIFT;
	initialise();
}

static void context_data_as_table(void)
{
	good_context();
	context.ctrlreg[3] = frame_of(new_page()) << PAGE_SHIFT;
	initialise();
}

static void context_foreign_gdt(void)
{
	good_context();
	context.gdt_frames[0] = foreign_frame();
	context.gdt_ents = 512;
	initialise();
}

static void context_writable_gdt(void)
{
	good_context();
	context.gdt_frames[0] = frame_of(new_page());
	context.gdt_ents = 512;
	initialise();
}

/* A task-state segment, in a GDT that is otherwise in order. */
static void context_task_gdt(void)
{
	uint32_t *gdt = new_page();

	good_context();
	gdt[2] = 0x00000067;
	gdt[3] = 0x00008900;
	update_va_mapping(gdt, pte_for(frame_of(gdt), 0));
	context.gdt_frames[0] = frame_of(gdt);
	context.gdt_ents = 512;
	initialise();
}

static void context_long_gdt(void)
{
	good_context();
	context.gdt_ents = 0x2000;
	initialise();
}

static void context_ldt_in_xen(void)
{
	good_context();
	context.ldt_base = XEN_TEXT;
	context.ldt_ents = 512;
	initialise();
}

static void second_in_ring0(void)
{
	good_context();
	context.user_regs.cs = 0xe008; /* Xen's own code segment */
	start_it();
}

static void second_on_ring0_stack(void)
{
	good_context();
	context.user_regs.ss = 0xe010;
	start_it();
}

static void second_in_xen(void)
{
	good_context();
	context.user_regs.eip = XEN_TEXT;
	start_it();
}

static void second_with_io(void)
{
	good_context();
	context.user_regs.eip = 0; /* nothing is mapped there */
	context.user_regs.eflags = 0x23002; /* IOPL 3, virtual-8086 mode, no interrupts */
	start_it();
}

static void timer_of_other(void)
{
	struct vcpu_set_singleshot_timer timer = { .timeout_abs_ns = 1 };

	report_result(vcpu_op(VCPUOP_set_singleshot_timer, SECOND, &timer));
}

static void info_in_page_table(void)
{
	struct vcpu_register_vcpu_info info = { .mfn = frame_of((void *)start_info->pt_base), .offset = 0 };

	report_result(vcpu_op(VCPUOP_register_vcpu_info, SECOND, &info));
}

static void signal_to_nobody(void)
{
	struct evtchn_bind_ipi bind = { .vcpu = 31 };

	report_result(event_op(EVTCHNOP_bind_ipi, &bind));
}

static void move_signal(void)
{
	struct evtchn_bind_ipi ipi = { .vcpu = 0 };
	struct evtchn_bind_vcpu bind = { .vcpu = SECOND };

	event_op(EVTCHNOP_bind_ipi, &ipi);
	bind.port = ipi.port;
	report_result(event_op(EVTCHNOP_bind_vcpu, &bind));
}

/* The last vcpu that is up goes down: the domain powers off without another word. */
static void all_down(void)
{
	vcpu_op(VCPUOP_down, SECOND, NULL);
	vcpu_op(VCPUOP_down, 0, NULL);
	report("GOT THROUGH");
}

const struct attack vcpu_attacks[] = {
	{ "vcpu-without-context", "starts a processor that has no context", up_without_context },
	{ "vcpu-twice", "gives a processor a context twice", context_twice },
	{ "vcpu-ones", "gives a processor a context of all ones", context_of_ones },
	{ "vcpu-nowhere", "gives a processor a context that only Xen can read", context_nowhere },
	{ "vcpu-foreign-table", "gives a processor somebody else's page table", context_foreign_table },
	{ "vcpu-data-table", "gives a processor ordinary memory as page table", context_data_as_table },
	{ "vcpu-foreign-gdt", "gives a processor somebody else's memory as GDT", context_foreign_gdt },
	{ "vcpu-writable-gdt", "gives a processor a GDT that it could write", context_writable_gdt },
	{ "vcpu-task-gdt", "gives a processor a GDT with a task-state segment", context_task_gdt },
	{ "vcpu-long-gdt", "gives a processor a GDT as long as they come", context_long_gdt },
	{ "vcpu-ldt-in-xen", "gives a processor an LDT in Xen's memory", context_ldt_in_xen },
	{ "vcpu-ring0", "starts a processor in Xen's code segment", second_in_ring0 },
	{ "vcpu-ring0-stack", "starts a processor on Xen's stack segment", second_on_ring0_stack },
	{ "vcpu-in-xen", "starts a processor at an address of Xen's", second_in_xen },
	{ "vcpu-flags", "starts a processor with I/O privilege, in virtual-8086 mode, without interrupts", second_with_io },
	{ "vcpu-timer-other", "sets the timer of another processor", timer_of_other },
	{ "vcpu-info-table", "wants a processor's vcpu_info in a page table", info_in_page_table },
	{ "vcpu-signal-nobody", "opens a signal to a processor that it does not have", signal_to_nobody },
	{ "vcpu-move-signal", "moves a signal to another processor", move_signal },
	{ "vcpu-all-down", "takes down all its processors", all_down },
	ATTACKS_END,
};
