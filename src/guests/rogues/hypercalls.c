/* Attacks by arguments: calls that are not for us, pointers that are not ours, counts that are too large. */
#include "rogue.h"

static void unknown(void)
{
	report_result(ask(60, 0, 0, 0, 0));
}

static void unknown_huge(void)
{
	report_result(raw_hypercall(0x7fffffff));
}

/* Control calls carry their command and the version of their interface in front of everything else. */
static int32_t control(uint32_t number, uint32_t command, uint32_t version)
{
	static uint32_t op[64];

	op[0] = command;
	op[1] = version;
	return ask(number, (uint32_t)op, 0, 0, 0);
}

static void domctl(void)
{
	report_result(control(__HYPERVISOR_domctl, 3, 0x15)); /* pausedomain, of domain 0 */
}

static void sysctl(void)
{
	report_result(control(__HYPERVISOR_sysctl, 3, 0x15)); /* physinfo */
}

static void platform(void)
{
	report_result(control(__HYPERVISOR_platform_op, 17, 0x03000001)); /* settime */
}

static void pointer_read_in_xen(void)
{
	report_result(ask(__HYPERVISOR_mmu_update, XEN_TEXT, 1, 0, DOMID_SELF));
}

static void pointer_write_in_xen(void)
{
	report_result(ask(__HYPERVISOR_xen_version, XENVER_extraversion, XEN_TEXT, 0, 0));
}

static void pointer_write_m2p(void)
{
	report_result(ask(__HYPERVISOR_xen_version, XENVER_extraversion, MACH2PHYS_VIRT_START, 0, 0));
}

static void pointer_across_end(void)
{
	report_result(ask(__HYPERVISOR_xen_version, XENVER_extraversion, HYPERVISOR_VIRT_START - 8, 0, 0));
}

static void pointer_unmapped(void)
{
	report_result(ask(__HYPERVISOR_sched_op, SCHEDOP_poll, 0x1000, 0, 0));
}

static void pointer_read_only(void)
{
	report_result(ask(__HYPERVISOR_xen_version, XENVER_extraversion, (uint32_t)new_read_only_page(), 0, 0));
}

static void pointer_wraps(void)
{
	report_result(ask(__HYPERVISOR_mmu_update, 0xfffffff8, 4, 0, DOMID_SELF));
}

static void huge_mmu_update(void)
{
	struct mmu_update *updates = new_page();

	report_result(ask(__HYPERVISOR_mmu_update, (uint32_t)updates, 0x7fffffff, 0, DOMID_SELF));
}

static void huge_mmuext(void)
{
	struct mmuext_op *ops = new_page();

	report_result(ask(__HYPERVISOR_mmuext_op, (uint32_t)ops, 0x7fffffff, 0, DOMID_SELF));
}

static void huge_multicall(void)
{
	struct multicall_entry *calls = new_page();

	report_result(ask(__HYPERVISOR_multicall, (uint32_t)calls, 0x10000000, 0, 0));
}

static void huge_poll(void)
{
	static uint32_t ports[256];
	struct sched_poll poll = { .ports = (uint32_t)ports, .nr_ports = 256 };

	report_result(ask(__HYPERVISOR_sched_op, SCHEDOP_poll, (uint32_t)&poll, 0, 0));
}

static void huge_console_write(void)
{
	report_result(ask(__HYPERVISOR_console_io, CONSOLEIO_write, 0x7fffffff, XEN_TEXT, 0));
}

static void recursive_multicall(void)
{
	struct multicall_entry inner = { .op = __HYPERVISOR_xen_version };
	struct multicall_entry outer = { .op = __HYPERVISOR_multicall, .args = { (uint32_t)&inner, 1 } };

	ask(__HYPERVISOR_multicall, (uint32_t)&outer, 1, 0, 0);
	report_result((int32_t)outer.result);
}

static void multicall_unknown(void)
{
	struct multicall_entry call = { .op = 0xffffffff };

	ask(__HYPERVISOR_multicall, (uint32_t)&call, 1, 0, 0);
	report_result((int32_t)call.result);
}

static void other_vcpu(void)
{
	report_result(ask(__HYPERVISOR_vcpu_op, VCPUOP_up, 31, 0, 0));
}

static void vcpu_running_initialise(void)
{
	report_result(ask(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 0, (uint32_t)new_page(), 0));
}

static void remote_shutdown(void)
{
	struct sched_remote_shutdown how = { .domain_id = 77, .reason = SHUTDOWN_crash };

	report_result(ask(__HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, (uint32_t)&how, 0, 0));
}

static void debug_register_in_xen(void)
{
	report_result(ask(__HYPERVISOR_set_debugreg, 0, XEN_TEXT, 0, 0));
}

static void debug_register_beyond(void)
{
	report_result(ask(__HYPERVISOR_set_debugreg, 9, 0, 0, 0));
}

static void update_va_in_xen(void)
{
	report_result(update_va_mapping((void *)HYPERVISOR_VIRT_START, 0));
}

static void assist_unknown(void)
{
	report_result(ask(__HYPERVISOR_vm_assist, VMASST_CMD_ENABLE, 31, 0, 0));
}

const struct attack hypercall_attacks[] = {
	{ "unknown-call", "asks for a call that there is not", unknown },
	{ "unknown-call-huge", "asks for call 0x7fffffff", unknown_huge },
	{ "domctl", "controls a domain", domctl },
	{ "sysctl", "asks about the machine", sysctl },
	{ "platform-op", "sets the machine's clock", platform },
	{ "pointer-read-xen", "lets Xen read arguments from Xen's memory", pointer_read_in_xen },
	{ "pointer-write-xen", "lets Xen write a result into Xen's memory", pointer_write_in_xen },
	{ "pointer-write-m2p", "lets Xen write a result into its table of frames", pointer_write_m2p },
	{ "pointer-across-end", "passes a buffer that reaches into Xen's memory", pointer_across_end },
	{ "pointer-unmapped", "passes a pointer to nothing", pointer_unmapped },
	{ "pointer-read-only", "lets Xen write where it may not write itself", pointer_read_only },
	{ "pointer-wraps", "passes a buffer that wraps around the address space", pointer_wraps },
	{ "huge-mmu-update", "asks for 2147483647 updates", huge_mmu_update },
	{ "huge-mmuext", "asks for 2147483647 operations", huge_mmuext },
	{ "huge-multicall", "asks for 268435456 calls at once", huge_multicall },
	{ "huge-poll", "polls 256 ports", huge_poll },
	{ "huge-console-write", "writes two GiB of Xen's memory to the console", huge_console_write },
	{ "recursive-multicall", "puts a batch of calls into a batch of calls", recursive_multicall },
	{ "multicall-unknown", "puts an unknown call into a batch", multicall_unknown },
	{ "other-vcpu", "starts a processor that it does not have", other_vcpu },
	{ "vcpu-running", "initialises the processor that it runs on", vcpu_running_initialise },
	{ "remote-shutdown", "shuts another domain down", remote_shutdown },
	{ "debug-register-xen", "sets a breakpoint in Xen", debug_register_in_xen },
	{ "debug-register-beyond", "sets a debug register that there is not", debug_register_beyond },
	{ "update-va-xen", "changes the mapping of an address of Xen's", update_va_in_xen },
	{ "assist-unknown", "switches on an assist that there is not", assist_unknown },
	ATTACKS_END,
};
