import { describe, expect, it } from 'vitest';
import type { StoreNode, StorePicture } from '../../moments';
import { describe as tell, layout, listeners, twin } from './layout';

const node = (path: string, value = '', children = 0, permissions = ['n0', 'r1']): StoreNode => ({
	path,
	value,
	permissions,
	generation: 1,
	children
});
const picture = (nodes: StoreNode[], more: Partial<StorePicture> = {}): StorePicture => ({
	generation: 1,
	nodes,
	watches: [{ dom: 1, path: '/local/domain/1', token: 'mine' }],
	connections: [{ dom: 1, dead: false, incoming: 0, outgoing: 0, transactions: [] }],
	...more
});
const usual = picture([
	node('/', '', 1, ['n0']),
	node('/local', '', 1, ['n0']),
	node('/local/domain', '', 1, ['n0']),
	node('/local/domain/1', '', 2),
	node('/local/domain/1/name', 'guest'),
	node('/local/domain/1/memory', '32768')
]);

describe('xenstore', () => {
	it('steps each node in below its parent', () => {
		expect(layout(usual).rows.map((row) => [row.indent, row.cells[0], row.cells[1]])).toEqual([
			[0, '/', ''],
			[1, 'local', ''],
			[2, 'domain', ''],
			[3, '1', ''],
			[4, 'name', 'guest'],
			[4, 'memory', '32768']
		]);
	});

	it('says who may use a node and who hears of it', () => {
		expect(listeners(usual, '/local/domain/1/name')).toEqual(['dom1']);
		expect(listeners(usual, '/local/domain/10')).toEqual([]);
		expect(tell(usual, '/local/domain/1/name')).toBe(
			"/local/domain/1/name: 'guest'. dom0 owns it, nobody else may use it, dom1 may read it. A change is told to dom1."
		);
		expect(layout(usual).rows[3].cells[3]).toBe('dom1');
	});

	it('marks what was written, made and removed', () => {
		const before = picture([
			...usual.nodes.slice(0, 4),
			node('/local/domain/1/name', 'old'),
			node('/local/domain/1/gone', 'x')
		]);
		const { rows, detail } = layout(usual, before);
		expect(rows.filter((row) => row.changed).map((row) => [row.id, row.cells[1]])).toEqual([
			['/local/domain/1/name', 'guest'],
			['/local/domain/1/memory', '32768'],
			['/local/domain/1/gone', '(removed)']
		]);
		expect(detail).toBe('6 nodes, 3 changed');
		expect(tell(usual, '/local/domain/1/gone')).toBe('/local/domain/1/gone was removed.');
	});

	it('finds a text with all that is above it', () => {
		const { rows, hidden } = layout(usual, null, 'GUEST');
		expect(rows.map(({ id }) => id)).toEqual([
			'/',
			'/local',
			'/local/domain',
			'/local/domain/1',
			'/local/domain/1/name'
		]);
		expect(hidden).toBe(1);
	});

	it('tells of open transactions and of a connection that is no longer served', () => {
		const busy = picture(usual.nodes, {
			connections: [
				{
					dom: 1,
					dead: true,
					incoming: 3,
					outgoing: 0,
					transactions: [{ id: 7, looked: 2, changes: [{ kind: 'write', path: '/local/domain/1/data' }] }]
				}
			]
		});
		const texts = twin(layout(busy)).map(({ text }) => text);
		expect(texts).toContain('dom1 is no longer served: it broke the protocol; 3 bytes of a request have come.');
		expect(texts).toContain(
			'dom1 has transaction 7 open: it looked at 2 paths and changed /local/domain/1/data (write).'
		);
		expect(texts).toContain('dom1 watches /local/domain/1, token mine.');
	});
});
