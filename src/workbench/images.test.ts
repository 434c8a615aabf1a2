/** Whoever brings a run its bytes learns from one function which. */
import { expect, it } from 'vitest';
import { imagesOf } from './images';
import { parseScenario } from './scenario';

const GUEST = { name: 'guest', image: 'hello' };

it('kernels of domain 0 and of its domains, disks and frames are named, each once', () => {
	const scenario = {
		dom0: { image: 'host' },
		domains: [GUEST, { ...GUEST, name: 'other' }],
		machine: {
			disks: [{ image: 'files' }, null, { image: '', sectors: 8 }, { image: 'files', access: 'ro' as const }],
			network: { inject: 'frames.pcap' }
		}
	};
	const named = [
		['host', 'kernel'],
		['hello', 'kernel'],
		['files', 'disk'],
		['frames.pcap', 'frames']
	];
	expect([...imagesOf(scenario)]).toEqual(named);
	expect([...imagesOf(parseScenario(scenario))]).toEqual(named);
});

it('kernels of configuration files are named too', () =>
	expect([...imagesOf({ domains: [], files: { 'a.cfg': 'name="a"\nkernel="hello"\nmemory=16\n' } })]).toEqual([
		['hello', 'kernel']
	]));

it('a scenario of domains alone names their kernels', () => {
	expect([...imagesOf({ domains: [GUEST] })]).toEqual([['hello', 'kernel']]);
});
