/** Which structures a hypercall's arguments point at: what a learner wants to see of a batch before it is worked through. */
import { HYPERCALLS } from '../../abi/hypercalls';
import { EVTCHNOP } from '../../abi/structs/events';
import { GNTTABOP } from '../../abi/structs/grant';
import { MEMOP_CMD_MASK, XENMEM } from '../../abi/structs/mm';
import { SCHEDOP, VCPUOP } from '../../abi/structs/sched';
import { isCall } from '../../trace/values';
import type { TraceView } from '../../trace/view';

/** A structure in the caller's memory. */
export interface CallStructure {
	/** Name of the hypercall. */
	call: string;
	structure: string;
	/** Linear address in the guest that called. */
	linear: number;
	/** How many stand one after another. */
	count: number;
}

/** `pointer` and `count`: places among the five arguments, from 1; a count of 0 means one. */
interface Row {
	structure: string;
	pointer: number;
	count: number;
}

const one = (structure: string, pointer = 2): Row => ({ structure, pointer, count: 0 });
/** So many as the third argument says. */
const several = (structure: string): Row => ({ structure, pointer: 2, count: 3 });
const batch = (structure: string): Row => ({ structure, pointer: 1, count: 2 });

/** Calls whose structure does not depend on an operation. */
const CALLS: Readonly<Record<number, Row>> = {
	[HYPERCALLS.mmu_update.nr]: batch('mmu_update'),
	[HYPERCALLS.mmuext_op.nr]: batch('mmuext_op'),
	[HYPERCALLS.multicall.nr]: batch('multicall_entry'),
	[HYPERCALLS.set_trap_table.nr]: one('trap_info', 1)
};

/** Calls whose first argument is an operation, which says what the pointer points at. */
const OPERATIONS: Readonly<Record<number, Readonly<Record<number, Row>>>> = {
	[HYPERCALLS.event_channel_op.nr]: {
		[EVTCHNOP.alloc_unbound]: one('evtchn_alloc_unbound'),
		[EVTCHNOP.bind_interdomain]: one('evtchn_bind_interdomain'),
		[EVTCHNOP.bind_virq]: one('evtchn_bind_virq'),
		[EVTCHNOP.bind_ipi]: one('evtchn_bind_ipi'),
		[EVTCHNOP.bind_pirq]: one('evtchn_bind_pirq'),
		[EVTCHNOP.close]: one('evtchn_close'),
		[EVTCHNOP.send]: one('evtchn_send'),
		[EVTCHNOP.status]: one('evtchn_status'),
		[EVTCHNOP.bind_vcpu]: one('evtchn_bind_vcpu'),
		[EVTCHNOP.unmask]: one('evtchn_unmask'),
		[EVTCHNOP.reset]: one('evtchn_reset'),
		[EVTCHNOP.init_control]: one('evtchn_init_control'),
		[EVTCHNOP.expand_array]: one('evtchn_expand_array'),
		[EVTCHNOP.set_priority]: one('evtchn_set_priority')
	},
	[HYPERCALLS.grant_table_op.nr]: {
		[GNTTABOP.map_grant_ref]: several('gnttab_map_grant_ref'),
		[GNTTABOP.unmap_grant_ref]: several('gnttab_unmap_grant_ref'),
		[GNTTABOP.unmap_and_replace]: several('gnttab_unmap_and_replace'),
		[GNTTABOP.copy]: several('gnttab_copy'),
		[GNTTABOP.transfer]: several('gnttab_transfer'),
		[GNTTABOP.swap_grant_ref]: several('gnttab_swap_grant_ref'),
		[GNTTABOP.cache_flush]: several('gnttab_cache_flush'),
		[GNTTABOP.get_status_frames]: one('gnttab_get_status_frames'),
		[GNTTABOP.setup_table]: one('gnttab_setup_table'),
		[GNTTABOP.query_size]: one('gnttab_query_size'),
		[GNTTABOP.set_version]: one('gnttab_set_version'),
		[GNTTABOP.get_version]: one('gnttab_get_version')
	},
	[HYPERCALLS.sched_op.nr]: {
		[SCHEDOP.shutdown]: one('sched_shutdown'),
		[SCHEDOP.poll]: one('sched_poll'),
		[SCHEDOP.remote_shutdown]: one('sched_remote_shutdown'),
		[SCHEDOP.watchdog]: one('sched_watchdog')
	},
	[HYPERCALLS.vcpu_op.nr]: {
		[VCPUOP.initialise]: one('vcpu_guest_context', 3),
		[VCPUOP.get_runstate_info]: one('vcpu_runstate_info', 3),
		[VCPUOP.set_periodic_timer]: one('vcpu_set_periodic_timer', 3),
		[VCPUOP.set_singleshot_timer]: one('vcpu_set_singleshot_timer', 3),
		[VCPUOP.register_vcpu_info]: one('vcpu_register_vcpu_info', 3)
	},
	[HYPERCALLS.memory_op.nr]: {
		[XENMEM.increase_reservation]: one('xen_memory_reservation'),
		[XENMEM.decrease_reservation]: one('xen_memory_reservation'),
		[XENMEM.populate_physmap]: one('xen_memory_reservation'),
		[XENMEM.exchange]: one('xen_memory_exchange'),
		[XENMEM.memory_map]: one('xen_memory_map')
	}
};

/** Vectors of a trap table when nobody says how many. */
const TRAPS = 20;
/** Of a batch, no more than this is shown. */
const MOST = 512;

const NAMES = new Map(Object.entries(HYPERCALLS).map(([name, row]) => [row.nr, name]));

/** What the arguments of the hypercall `seq`, or of the one around it, point at; null where they point at nothing. */
export function structureOfCall(view: TraceView, seq: number): CallStructure | null {
	let call = seq;
	while (call >= 0 && !isCall(view, call)) call = view.parent(call);
	if (call < 0) return null;
	const nr = view.arg(call, 'nr');
	const operation = view.arg(call, 'arg1');
	const row =
		CALLS[nr] ?? OPERATIONS[nr]?.[nr === HYPERCALLS.memory_op.nr ? operation & MEMOP_CMD_MASK : operation] ?? null;
	if (!row) return null;
	const linear = view.arg(call, `arg${row.pointer}`) >>> 0;
	const said = row.count ? view.arg(call, `arg${row.count}`) & 0x7fff_ffff : 1;
	if (linear === 0 || said === 0) return null;
	const count = row.structure === 'trap_info' ? TRAPS : Math.min(MOST, said);
	return { call: NAMES.get(nr) ?? '', structure: row.structure, linear, count };
}
