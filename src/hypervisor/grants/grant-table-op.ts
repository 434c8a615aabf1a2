/** HYPERVISOR_grant_table_op(cmd, uop, count): the table of its operations (xen/include/public/grant_table.h). */
import { EINVAL, ENOSYS } from '../../abi/errno';
import { GNTTABOP } from '../../abi/structs/grant';
import { assert } from '../../base';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { cacheFlush } from './cache-flush';
import { copy } from './copy';
import { mapGrantRef } from './map';
import { serveAll, type Serve } from './requests';
import { getStatusFrames, querySize, setupTable } from './setup';
import { swapGrantRef } from './swap';
import { transfer } from './transfer';
import { unmapAndReplace, unmapGrantRef } from './unmap';
import { getVersion, setVersion } from './versions';

/** Operations with an array of requests that have statuses. */
const BATCHES: Readonly<Record<number, Serve>> = {
	[GNTTABOP.map_grant_ref]: mapGrantRef,
	[GNTTABOP.unmap_grant_ref]: unmapGrantRef,
	[GNTTABOP.transfer]: transfer,
	[GNTTABOP.copy]: copy,
	[GNTTABOP.unmap_and_replace]: unmapAndReplace,
	[GNTTABOP.swap_grant_ref]: swapGrantRef
};

type Single = (hv: Hypervisor, v: Vcpu, uop: number, count: number) => number;

/** Operations with one request. */
const SINGLES: Readonly<Record<number, Single>> = {
	[GNTTABOP.setup_table]: setupTable,
	[GNTTABOP.query_size]: querySize,
	[GNTTABOP.set_version]: setVersion,
	[GNTTABOP.get_status_frames]: getStatusFrames,
	[GNTTABOP.get_version]: getVersion
};

/** Bits of `cmd` that say what is wanted; the others say where a cache_flush that was given back goes on. */
const COMMAND = 0xfff;

/** grant_table_op(cmd, uop, count) */
export function doGrantTableOp(hv: Hypervisor, v: Vcpu, cmd: number, uop: number, count: number): number {
	assert(hv.grants.tables.has(v.domain.id), 'a domain that runs has a grant table', { domain: v.domain.id });
	const command = cmd & COMMAND;
	const rest = (cmd & ~COMMAND) >>> 0;
	if (!hv.ask(CHECK.grant_count, count <= 0x7fff_ffff, count, cmd)) return -EINVAL;
	const flushes = command === GNTTABOP.cache_flush;
	if (!hv.ask(CHECK.grant_command_whole, rest === 0 || flushes, cmd, count)) return -EINVAL;
	const known = flushes || command in BATCHES || command in SINGLES;
	if (!hv.ask(CHECK.grant_call_known, known, cmd, count)) return -ENOSYS;
	if (flushes) return cacheFlush(hv, v, command, uop, count, rest);
	if (command in SINGLES) return SINGLES[command](hv, v, uop, count);
	return serveAll(hv, v, command, BATCHES[command](hv, v), uop, count);
}
