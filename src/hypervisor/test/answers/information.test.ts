import { describe, expect, it } from 'vitest';
import { E2BIG, EACCES, EEXIST, EFAULT, EINVAL, ENODATA, ENOSYS, EOPNOTSUPP, EPERM, ESRCH } from '../../../abi/errno';
import {
	CONTROL,
	DEVICES,
	FORBIDDEN,
	NOBODY,
	NOWHERE,
	put,
	questions,
	Scene,
	SELF,
	SPARE_AT,
	type Question
} from './scene';

const word =
	(value: number, at = SPARE_AT) =>
	(s: Scene): void =>
		expect(s.guest.read32(at)).toBe(value);

/** common/kernel.c: xen_version, by way of common/compat/kernel.c; include/xsm/dummy.h: xsm_xen_version */
describe('xen_version', () => {
	questions(17, [
		['version', () => [0, NOWHERE], 0x4_0011],
		['extra version', () => [1, SPARE_AT], 0],
		['extra version, a bad pointer', () => [1, NOWHERE], -EFAULT],
		['compile information', () => [2, SPARE_AT], 0],
		['compile information across the end', () => [2, 0x1_ff80], -EFAULT],
		['capabilities', () => [3, SPARE_AT], 0],
		['changeset', () => [4, SPARE_AT], 0],
		['where the hypervisor begins', () => [5, SPARE_AT], 0, word(FORBIDDEN)],
		['where the hypervisor begins, told to itself', () => [5, FORBIDDEN], -EFAULT],
		['features', () => [6, SPARE_AT], 0, word(0x220e0, SPARE_AT + 4)],
		['features of another group', (s) => [6, s.put(1, 0)], -EINVAL],
		['features, a bad pointer', () => [6, NOWHERE], -EFAULT],
		['page size', () => [7, 0], 4096],
		['page size with an argument', () => [7, NOWHERE], -EINVAL],
		['handle', () => [8, SPARE_AT], 0],
		[
			'command line: nine bytes of denial',
			(s) => (s.guest.write32(SPARE_AT, 1, 1, 0xffff_ffff), [9, SPARE_AT]),
			0,
			(s) =>
				expect([0, 4, 8].map((at) => s.guest.read32(SPARE_AT + at))).toEqual([0x6e65_643c, 0x3e64_6569, 0xffff_ff00])
		],
		['command line at the very end of memory', () => [9, 0x1_fff7], 0],
		['command line, a bad pointer', () => [9, NOWHERE], -EFAULT],
		['build number', () => [10, 0], -EPERM],
		['build number, a bad pointer', () => [10, NOWHERE], -EPERM],
		...[11, 99, 0xffff_ffff].map((cmd): Question => [`question ${cmd}`, () => [cmd, NOWHERE], -ENOSYS])
	]);
	it('has bit 4 once the assist is on', () => {
		const scene = new Scene();
		expect(
			put(scene, [
				[21, 0, 3],
				[17, 6, SPARE_AT]
			])
		).toEqual([0, 0]);
		word(0x220f0, SPARE_AT + 4)(scene);
	});
});
describe('what the machine\u2019s devices bring, and what control does', () => {
	questions(
		17,
		[
			['features: those of the first kernel', () => [6, SPARE_AT], 0, word(0x228e0, SPARE_AT + 4)],
			['build number', () => [10, 0], -EPERM],
			['command line: denied', () => [9, 0x1_fff7], 0]
		],
		{ privileges: DEVICES }
	);
	questions(17, [['features of a control domain', () => [6, SPARE_AT], 0, word(0x220e0, SPARE_AT + 4)]], {
		privileges: CONTROL
	});
	questions(36, [['domctl', (s) => [s.put(3, 0x15, s.foreign)], -EPERM]], { privileges: DEVICES });
});
describe('xen_version of the control domain', () => {
	questions(
		17,
		[
			['build number', () => [10, 0], -ENODATA],
			['build number, no room', (s) => [10, s.put(0)], -EINVAL],
			['build number, a bad pointer', () => [10, NOWHERE], -EFAULT],
			['build number, a length in the hypervisor', () => [10, FORBIDDEN], -EFAULT],
			['build number, room', (s) => [10, s.put(20)], -ENODATA],
			['command line, all of it', () => [9, 0x1_fff7], -EFAULT]
		],
		{ privileges: CONTROL }
	);
});

/** drivers/char/console.c: do_console_io; include/xsm/dummy.h: xsm_console_io */
describe('console_io', () => {
	questions(18, [
		['write nothing', () => [0, 0, NOWHERE], 0],
		['write from nowhere', () => [0, 1, NOWHERE], -EFAULT],
		['write', () => [0, 300, SPARE_AT], 0],
		['write past the end', () => [0, 0x1_0000, 0x1_ff00], -EFAULT],
		['read', () => [1, 8, SPARE_AT], -EPERM],
		['unknown', () => [2, 8, SPARE_AT], -EPERM]
	]);
});
describe('console_io of the control domain', () => {
	questions(
		18,
		[
			['read', () => [1, 8, NOWHERE], 0],
			['read too much', () => [1, 0x8000_0000, NOWHERE], -E2BIG],
			['unknown', () => [2, 8, SPARE_AT], -ENOSYS]
		],
		{ privileges: CONTROL }
	);
});

/** common/kernel.c: do_vm_assist; arch/x86/include/asm/domain.h: PV32_VM_ASSIST_MASK */
describe('vm_assist', () => {
	questions(21, [
		...[0, 1, 2, 3, 4, 5].map((type): Question => [`help ${type}`, () => [0, type], 0]),
		...[6, 31, 32, 63, 64, 0xffff_ffff].map((type): Question => [`help ${type}`, () => [0, type], -EINVAL]),
		['taking help away', () => [1, 2], 0],
		['an unknown command', () => [2, 2], -ENOSYS],
		['an unknown command and unknown help', () => [2, 6], -EINVAL]
	]);
});

/** common/sysctl.c, common/domctl.c, arch/x86/platform_hypercall.c: bad pointer, version, domain, privilege */
describe.each([
	['sysctl', 35, 0x15, 136],
	['domctl', 36, 0x15, 144],
	['platform_op', 7, 0x0300_0001, 136]
])('%s', (_name, nr, version, bytes) => {
	questions(nr, [
		['a bad pointer', () => [NOWHERE], -EFAULT],
		['a pointer into the hypervisor', () => [FORBIDDEN], -EFAULT],
		[
			'an argument that is cut off',
			(s) => (s.guest.write32(0x2_0000 - bytes + 4, 1, version), [0x2_0000 - bytes + 4]),
			-EFAULT
		],
		[
			'an argument at the end of memory',
			(s) => (s.guest.write32(0x2_0000 - bytes, 1, version), [0x2_0000 - bytes]),
			-EPERM
		],
		['no version', () => [SPARE_AT], -EACCES],
		['an older version', (s) => [s.put(1, version - 1)], -EACCES],
		['the right version', (s) => [s.put(1, version)], -EPERM],
		['an unknown command', (s) => [s.put(0x1234, version, s.own)], -EPERM]
	]);
});
describe('domctl', () => {
	const ask =
		(command: number, domid: number) =>
		(s: Scene): number[] => [s.put(command, 0x15, domid)];
	questions(36, [
		['about another', (s) => ask(3, s.foreign)(s), -EPERM],
		['about nobody', ask(3, NOBODY), -ESRCH],
		['about nobody, an unknown command', ask(0x1234, NOBODY), -ESRCH],
		['about DOMID_SELF', ask(3, SELF), -ESRCH],
		['creating nobody', ask(1, NOBODY), -EPERM],
		['information on the next after nobody', ask(5, NOBODY), -EPERM],
		['assigning to DOMID_IO', ask(37, 0x7ff1), -EPERM],
		['assigning to nobody', ask(37, 0x7ff4), -ESRCH],
		['testing an assignment to nobody', ask(45, 0x7ff4), -EPERM]
	]);
	const asked: Question[] = [
		['making a domain whose number is taken', ask(1, 1), -EEXIST],
		['shadow page tables', ask(10, 1), -ENOSYS]
	];
	questions(36, asked, { privileges: CONTROL });
});
describe('sysctl and platform_op of the control domain', () => {
	questions(
		35,
		[
			['sysctl', (s) => [s.put(1, 0x15)], -ENOSYS],
			['sysctl, an older version', (s) => [s.put(1, 0x14)], -EACCES]
		],
		{ privileges: CONTROL }
	);
	questions(7, [['platform_op', (s) => [s.put(1, 0x0300_0001)], -ENOSYS]], { privileges: CONTROL });
});

/** arch/x86/hvm/hvm.c: do_hvm_op, for a caller that is not one */
describe('hvm_op', () => {
	const about = (s: Scene, domid: number, ...rest: number[]): number => s.put(domid, ...rest, 0, 0, 0);
	questions(34, [
		['set_param', (s) => [0, about(s, SELF)], -EINVAL],
		['get_param of another', (s) => [1, about(s, s.foreign)], -EINVAL],
		['get_param of nobody', (s) => [1, about(s, NOBODY)], -ESRCH],
		['get_param that is not', (s) => [1, about(s, NOBODY, 39)], -EINVAL],
		['get_param, a bad pointer', () => [1, NOWHERE], -EFAULT],
		['flush_tlbs', () => [5, 0], -EINVAL],
		['pagetable_dying', (s) => [9, about(s, SELF)], -EINVAL],
		['pagetable_dying of another', (s) => [9, about(s, s.foreign)], -EOPNOTSUPP],
		['pagetable_dying of nobody', (s) => [9, about(s, NOBODY)], -ESRCH],
		['get_time', () => [10, SPARE_AT], 0, (s) => expect(s.guest.read32(SPARE_AT)).toBeGreaterThan(0)],
		['get_time to nowhere', () => [10, NOWHERE], -EFAULT],
		['xentrace', () => [11, SPARE_AT], 0],
		['xentrace, too long', (s) => [11, s.put(29 << 16, 0, 0, 0, 0, 0, 0, 0)], -EINVAL],
		['xentrace, another class', (s) => [11, s.put(0x1000, 0, 0, 0, 0, 0, 0, 0)], -EINVAL],
		['xentrace, a bad pointer', () => [11, NOWHERE], -EFAULT],
		['get_mem_type', (s) => [15, about(s, SELF)], -EINVAL],
		['get_mem_type of another', (s) => [15, about(s, s.foreign)], -EPERM],
		['set_evtchn_upcall_vector', () => [23, NOWHERE], -EINVAL],
		['guest_request_vm_event', () => [24, 0], 0],
		['guest_request_vm_event with an argument', () => [24, SPARE_AT], -EINVAL],
		['altp2m', () => [25, NOWHERE], -EOPNOTSUPP],
		...[2, 6, 14, 26, 0xffff_ffff].map((op): Question => [`operation ${op}`, () => [op, SPARE_AT], -ENOSYS])
	]);
});

/** include/hypercall-defs.c: which calls there are for a 32-bit PV guest */
describe('numbers', () => {
	it.each([
		['xenpmu_op, switched off', 40, -EOPNOTSUPP],
		['mca, for the control domain', 48, -EPERM],
		['kexec_op, for the control domain', 37, -EPERM],
		['set_segment_base, for 64-bit guests', 25, -ENOSYS],
		['xsm_op', 27, -ENOSYS],
		['tmem_op', 38, -ENOSYS],
		['11, which nobody has', 11, -ENOSYS],
		['50', 50, -ENOSYS],
		['56', 56, -ENOSYS],
		['the largest', 0xffff_ffff, -ENOSYS]
	])('%s', (_name, nr, answer) => {
		expect(put(new Scene(), [[nr, NOWHERE, NOWHERE, NOWHERE]])).toEqual([answer]);
	});
});
