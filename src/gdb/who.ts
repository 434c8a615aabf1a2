/** `monitor who ...`: who last changed something before the present moment. */
import type { Task } from '../workbench/task';
import { vcpuOnProcessor } from '../workbench/inspect/vcpus';
import { whoWrote } from '../workbench/who/who';
import { describeTarget, RING_INDICES, type RingName, type WhoTarget, type Written } from '../workbench/who/words';
import { physicalOf } from './memory';
import { MonitorError, number } from './monitor-words';
import { REGISTERS } from './registers';
import type { Reply, Session } from './session';
import { sameVcpu, vcpuOf } from './threads';
import { carryOut } from './way';
import type { RegisterName } from '../x86/registers';

/** Bytes when no number is given, and at most. */
const WORD = 4;
const MOST = 4096;
/** Disks are numbered from 0, and bytes of a sector. */
const MOST_DISK = 3;
const SECTOR = 512;

const length = (text: string | undefined): number => number(text ?? String(WORD), 'LENGTH', MOST);

/** The memory of the chosen thread: of one that is off the processor by its physical address. */
function memory({ run, thread }: Session, address: number, bytes: number): WhoTarget {
	if (sameVcpu(vcpuOnProcessor(run), vcpuOf(thread)))
		return { kind: 'memory', space: 'linear', address, length: bytes };
	const physical = physicalOf(run, thread, address);
	if (physical < 0) throw new MonitorError('that is not mapped');
	if ((address % 4096) + bytes > 4096) throw new MonitorError('that reaches into another page: ask for each by itself');
	return { kind: 'memory', space: 'physical', address: physical, length: bytes };
}

/** By the first word; anything else is a register or an address. */
const TARGETS: Readonly<Record<string, (words: readonly string[]) => WhoTarget>> = {
	phys: ([address, bytes]) => ({
		kind: 'memory',
		space: 'physical',
		address: number(address, 'ADDRESS'),
		length: length(bytes)
	}),
	disk: ([disk, sector, offset = '0', bytes]) => ({
		kind: 'disk',
		disk: number(disk, 'DISK', MOST_DISK),
		lba: number(sector, 'SECTOR'),
		offset: number(offset, 'OFFSET', SECTOR - 1),
		length: number(bytes ?? '1', 'LENGTH', SECTOR)
	}),
	wire: ([frame, offset = '0', bytes]) => ({
		kind: 'wire',
		frame: number(frame, 'FRAME'),
		offset: number(offset, 'OFFSET'),
		length: number(bytes ?? '1', 'LENGTH', MOST)
	}),
	frame: ([mfn]) => ({ kind: 'frame', mfn: number(mfn, 'FRAME') }),
	entry: ([mfn, index]) => ({ kind: 'pte', mfn: number(mfn, 'FRAME'), index: number(index, 'INDEX', 511) }),
	port: ([dom, port, bit = 'pending']) => {
		if (bit !== 'pending' && bit !== 'masked') throw new MonitorError('pending or masked?');
		return { kind: 'port', dom: number(dom, 'DOMAIN'), port: number(port, 'PORT', 1023), bit };
	},
	ring: ([dom, ring, index]) => {
		if (!Object.hasOwn(RING_INDICES, ring ?? '')) throw new MonitorError('console or xenstore?');
		return { kind: 'ring', dom: number(dom, 'DOMAIN'), ring: ring as RingName, index: index ?? '' };
	}
};

export const WHO_USAGE = 'who WHAT';
export const WHO_ABOUT =
	'who last changed ADDRESS [LENGTH], phys ADDRESS [LENGTH], REGISTER, frame FRAME, entry FRAME INDEX,\n' +
	`${' '.repeat(27)}port DOMAIN PORT [masked], ring DOMAIN console|xenstore INDEX,\n` +
	`${' '.repeat(27)}disk NUMBER SECTOR [OFFSET [LENGTH]], wire FRAME [OFFSET [LENGTH]]`;

function targetOf(session: Session, words: readonly string[]): WhoTarget {
	const [first = '', ...rest] = words;
	if (Object.hasOwn(TARGETS, first)) return TARGETS[first](rest);
	const name: RegisterName | undefined = REGISTERS.find((register) => register.name === first)?.settable;
	if (name) return { kind: 'register', name };
	return memory(session, number(first, 'ADDRESS'), length(rest[0]));
}

/** Looks for the answer in the past; the run stands where it stood afterwards. @throws MonitorError or RangeError for what is not there */
export function who(session: Session, words: readonly string[]): Reply {
	const task: Task<Written> = whoWrote(session.run, targetOf(session, words));
	return {
		way: (function* () {
			const { text, mapping, onward } = yield* carryOut(task, true);
			const from = onward ? `They came from ${describeTarget(onward.target)}, at instruction ${onward.at.icount}.` : '';
			session.print([text, mapping?.text, from].filter(Boolean).join('\n') + '\n');
			return 'OK';
		})(),
		givenUp: () => {
			session.print('Interrupted.\n');
			return 'OK';
		}
	};
}
