import { describe, expect, it } from 'vitest';
import type { SplitDevice } from '../../moments';
import { layout, stateText, together, twin } from './layout';

const device = (front: number, back: number): SplitDevice => ({
	id: '1/vbd/51712',
	class: 'vbd',
	handle: '51712',
	front: { dom: 1, path: '/local/domain/1/device/vbd/51712', state: front },
	back: { dom: 0, path: '/local/domain/0/backend/vbd/1/51712', state: back },
	rings: []
});

describe('devices in two halves', () => {
	it.each([
		[1, 1, 'the toolstack has made both folders'],
		[1, 2, 'the back end has said what it can do, and waits for the front end’s ring'],
		[3, 2, 'the front end has given its ring, and waits for the back end'],
		[3, 4, 'the back end serves; this front end never says that it is connected'],
		[4, 4, 'connected'],
		[4, 5, 'one end is closing'],
		[6, 6, 'closed'],
		[4, 2, '']
	])('in states %i and %i: %s', (front, back, says) => expect(together(device(front, back))).toBe(says));

	it('names a state, and gives the number of one that there is not', () => {
		expect([stateText(4), stateText(0), stateText(77)]).toEqual(['4 Connected', '0 Unknown', '77']);
	});

	it('mark what moved and what is gone', () => {
		const before = { devices: [device(3, 2), { ...device(4, 4), id: '2/vif/0' }] };
		const rows = layout({ devices: [device(3, 4)] }, before);
		expect(rows.map(({ id, changed, faint }) => [id, changed, faint ?? false])).toEqual([
			['1/vbd/51712', true, false],
			['2/vif/0', true, true]
		]);
		expect(twin(rows)[0].text).toContain('back end dom0, state 4 Connected');
	});
});
