import { describe, expect, it } from 'vitest';
import { EFAULT } from '../../../abi/errno';
import { CHECK_NAMES } from '../../../trace/events';
import { FORBIDDEN, NOWHERE, put, Scene, SELF, SPARE, SPARE_AT, TABLES } from './scene';

const [MMU_UPDATE, XEN_VERSION, CONSOLE_IO] = [1, 17, 18];
const [EXTRAVERSION, PARAMETERS, FEATURES] = [1, 5, 6];

/** Maps the spare page as the last one below the hypervisor, then makes the calls; their answers. */
function belowTheHypervisor(scene: Scene, calls: number[][]): number[] {
	const { l1, l2Top } = TABLES;
	const requests = [
		[scene.slot(l1, 511), 0, scene.entry(SPARE), 0],
		[scene.slot(l2Top, 427), 0, scene.entry(l1), 0]
	];
	const [rc, ...answers] = put(scene, [[MMU_UPDATE, scene.put(...requests.flat()), 2, 0, SELF], ...calls]);
	expect(rc).toBe(0);
	return answers;
}

/** Names of the questions that were answered with no. */
const refusals = ({ guest }: Scene): string[] =>
	guest.recorder
		.of('check')
		.filter((event) => event.args[1] === 0)
		.map((event) => CHECK_NAMES[event.args[0]]);

/** arch/x86/include/asm/uaccess.h: access_ok; the hypervisor's area begins with a table that a guest could read */
describe('a pointer that ends', () => {
	it.each<[string, number[], number]>([
		['with the last byte, read', [CONSOLE_IO, 0, 16, FORBIDDEN - 16], 0],
		['one byte further, read', [CONSOLE_IO, 0, 17, FORBIDDEN - 16], -EFAULT],
		['with the last byte, read and written', [XEN_VERSION, FEATURES, FORBIDDEN - 8], 0],
		['one byte further, read and written', [XEN_VERSION, FEATURES, FORBIDDEN - 7], -EFAULT],
		['with the last byte, written', [XEN_VERSION, PARAMETERS, FORBIDDEN - 4], 0],
		['one byte further, written', [XEN_VERSION, PARAMETERS, FORBIDDEN - 3], -EFAULT],
		['with the last byte, a string', [XEN_VERSION, EXTRAVERSION, FORBIDDEN - 16], 0],
		['one byte further, a string', [XEN_VERSION, EXTRAVERSION, FORBIDDEN - 15], -EFAULT],
		['inside the hypervisor', [CONSOLE_IO, 0, 1, FORBIDDEN], -EFAULT],
		['beyond the end of all addresses', [CONSOLE_IO, 0, 16, 0xffff_fff8], -EFAULT]
	])('%s', (_what, question, answer) => {
		const scene = new Scene();
		expect(belowTheHypervisor(scene, [question])).toEqual([answer]);
		expect(refusals(scene)).toEqual(answer === 0 ? [] : ['guest_pointer']);
		expect(String.fromCharCode(...scene.guest.host.console)).toBe(
			question[2] === 16 && answer === 0 ? '\0'.repeat(16) : ''
		);
	});

	it('one byte further has written nothing', () => {
		const scene = new Scene();
		scene.guest.write32(SPARE_AT + 0xff0, 1, 2, 3, 4);
		expect(belowTheHypervisor(scene, [[XEN_VERSION, EXTRAVERSION, FORBIDDEN - 15]])).toEqual([-EFAULT]);
		expect([0, 4, 8, 12].map((at) => scene.guest.read32(SPARE_AT + 0xff0 + at))).toEqual([1, 2, 3, 4]);
	});
});

/** The whole length has to be mapped, and writable where it is written; otherwise nothing is. */
describe('a pointer to memory', () => {
	const END = 0x2_0000;
	const READ_ONLY = TABLES.l3 * 4096;
	it.each<[string, number[], number, string[]]>([
		['that ends where mapped memory ends', [CONSOLE_IO, 0, 16, END - 16], 0, []],
		['one byte of which is not mapped', [CONSOLE_IO, 0, 16, END - 15], -EFAULT, ['guest_mapping']],
		['all of which is not mapped', [CONSOLE_IO, 0, 16, NOWHERE], -EFAULT, ['guest_mapping']],
		['that ends before a read-only page', [XEN_VERSION, EXTRAVERSION, READ_ONLY - 16], 0, []],
		['that ends in a read-only page', [XEN_VERSION, EXTRAVERSION, READ_ONLY - 15], -EFAULT, ['guest_mapping']],
		['that ends in a read-only page, only read', [CONSOLE_IO, 0, 16, READ_ONLY - 8], 0, []]
	])('%s', (_what, question, answer, refused) => {
		const scene = new Scene();
		scene.guest.write32(READ_ONLY - 16, 1, 2, 3, 4);
		expect(put(scene, [question])).toEqual([answer]);
		expect(refusals(scene)).toEqual(refused);
		if (answer !== 0) expect([16, 12, 8, 4].map((back) => scene.guest.read32(READ_ONLY - back))).toEqual([1, 2, 3, 4]);
	});
});
