/** Calls that bring an array of requests: each gets a status of its own, and the call itself fails only where memory does. */
import { EFAULT } from '../../abi/errno';
import type { Struct } from '../../abi/layout';
import { KIND, word, type AfterFirst, type WordsOf } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import { readStruct, writeStruct } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { takesLong } from '../mm/batch';

/** What a request shows of itself in the trace: the other domain; a reference, handle or frame; an address, frame or reference. */
export type RequestWords = AfterFirst<WordsOf<'grant_entry'>>;

/** Requests after which a server settles. */
const SETTLE_EVERY = 32;

/** How the requests of one call are served. */
export interface Server {
	readonly layout: Struct<string>;
	/** All fields are written back, not only the status. */
	readonly answersAll?: boolean;
	describe(request: DataView): RequestWords;
	/** Does one request, whose fields it may change. @returns a GNTST_* */
	apply(request: DataView): number;
	/** Called after each SETTLE_EVERY requests, after the last one, and before the call fails or is given back. */
	settle?(): void;
}

/** Makes the server of one call. */
export type Serve = (hv: Hypervisor, v: Vcpu) => Server;

/** @returns 0, or -EFAULT after the request that could not be read or answered */
export function serveAll(hv: Hypervisor, v: Vcpu, op: number, server: Server, uop: number, count: number): number {
	const { size } = server.layout;
	if (!hv.guest.accessible(uop, count * size)) return -EFAULT;
	const started = hv.processor.time;
	for (let done = 0; done < count; done++) {
		const settled = server.settle === undefined || done % SETTLE_EVERY === 0;
		if (done > 0 && settled && takesLong(hv, done, started))
			return hv.continueHypercall(v, [op, uop + done * size, count - done]);
		const answered = serveOne(hv, op, server, uop + done * size);
		if (!answered || done + 1 === count || (done + 1) % SETTLE_EVERY === 0) server.settle?.();
		if (!answered) return -EFAULT;
	}
	return 0;
}

function serveOne(hv: Hypervisor, op: number, server: Server, address: number): boolean {
	const request = readStruct(hv, address, server.layout);
	if (!request) return false;
	const span = hv.recorder.begin(KIND.grant_entry, word('op', op), ...server.describe(request));
	hv.processor.validated(1);
	const status = server.apply(request);
	const at = server.layout.at.status;
	request.setInt16(at, status, true);
	hv.recorder.end(span, status);
	return server.answersAll ? writeStruct(hv, address, request) : writeStruct(hv, address, request, at, at + 2);
}
