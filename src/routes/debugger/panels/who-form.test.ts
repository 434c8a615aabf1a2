import { expect, it } from 'vitest';
import { emptyWho, readWho, RINGS, whoFormOf, WHO_KINDS, type WhoForm } from './who-form';
import { RING_INDICES } from '../../../workbench/who/words';

const read = (part: Partial<WhoForm>) => readWho({ ...emptyWho(), ...part }, { esp: 0xc000_1000 });

it('the form of who wrote this means a target', () => {
	expect(read({})).toEqual({ target: { kind: 'memory', space: 'linear', address: 0xc000_1000, length: 4 } });
	expect(read({ kind: 'pte', mfn: '131', index: '22' })).toEqual({ target: { kind: 'pte', mfn: 0x131, index: 22 } });
	expect(read({ kind: 'frame', mfn: '0x10' })).toEqual({ target: { kind: 'frame', mfn: 0x10 } });
	expect(read({ kind: 'port', port: '2' })).toEqual({ target: { kind: 'port', dom: 1, port: 2, bit: 'pending' } });
	expect(read({ kind: 'ring', place: 'in_cons' })).toEqual({
		target: { kind: 'ring', dom: 1, ring: 'console', index: 'in_cons' }
	});
	expect(read({ kind: 'register' })).toEqual({ target: { kind: 'register', name: 'eax' } });
});

it('and what is wrong is told', () => {
	const wrong: Partial<WhoForm>[] = [
		{ address: 'nowhere' },
		{ length: '0' },
		{ kind: 'pte', mfn: 'x' },
		{ kind: 'pte', mfn: '1', index: '512' },
		{ kind: 'frame', mfn: '' },
		{ kind: 'port', port: '-1' }
	];
	for (const part of wrong) expect(read(part)).toHaveProperty('problem');
});

it('offers every kind, and the rings by the names that the workbench knows', () => {
	expect(WHO_KINDS).toHaveLength(8);
	expect(RINGS).toEqual(RING_INDICES);
});

it('asks about bytes on a disk, within a sector, and has a question that leads on as it would be typed', () => {
	const form = { ...emptyWho(), kind: 'disk' as const, disk: '2', sector: '40', offset: '508', length: '4' };
	const target = { kind: 'disk' as const, disk: 2, lba: 40, offset: 508, length: 4 };
	expect(readWho(form, {})).toEqual({ target });
	expect(readWho({ ...form, length: '5' }, {})).toHaveProperty('problem');
	expect(readWho({ ...form, sector: 'x' }, {})).toEqual({ problem: "'x' is no sector: they are numbered from 0." });
	expect(readWho(whoFormOf(target, emptyWho()), {})).toEqual({ target });
	const memory = { kind: 'memory' as const, space: 'physical' as const, address: 0x20f_9000, length: 8 };
	expect(readWho(whoFormOf(memory, emptyWho()), {})).toEqual({ target: memory });
});

it('asks about bytes of a frame on the wire by its number in the capture', () => {
	const form = { ...emptyWho(), kind: 'wire' as const, packet: '3', offset: '42', length: '4' };
	const target = { kind: 'wire' as const, frame: 3, offset: 42, length: 4 };
	expect(readWho(form, {})).toEqual({ target });
	expect(whoFormOf(target, emptyWho())).toMatchObject({ kind: 'wire', packet: '3', offset: '42', length: '4' });
	expect(readWho({ ...form, packet: '0' }, {})).toEqual({
		problem: "'0' is no frame on the wire: they are numbered from 1, as in a capture."
	});
	expect(readWho({ ...form, length: '0' }, {})).toEqual({ problem: 'The bytes of a frame are numbered from 0.' });
});
