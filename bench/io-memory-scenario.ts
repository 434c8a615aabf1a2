/** Domain 0 and many guests: each reads its part of the disk, and every other one sends to its neighbour. */
import type { Target } from '../src/routes/debugger/target';

const SECTORS_EACH = 4096;
/** All are connected by then, milliseconds of the machine. */
const BEGIN_MS = 2000;

function commandOf(dom: number): string {
	const disk = 'diskload xvda read 4 8 128';
	const network = dom % 2 === 1 ? 'throughput receive' : `throughput send 10.0.0.${dom - 1} 128`;
	// Who receives has to be there first.
	const both = dom % 2 === 1 ? `${network} ; ${disk}` : `await ${BEGIN_MS} ${network} ; ${disk}`;
	return `run=sh ${both} ; serve`;
}

/** What a learner would fill into the launcher for it. */
export const readWriteAndSend = (
	domains: number,
	memoryMiB: number
): Target & Required<Pick<Target, 'dom0' | 'disks' | 'cards'>> => ({
	disks: [{ image: '', readonly: false, sectors: SECTORS_EACH * domains }],
	cards: 1,
	dom0: { image: 'pocket-io', memoryMiB: 16, cmdline: 'run=serve' },
	domains: Array.from({ length: domains }, (_, at) => ({
		image: 'pocket-io',
		memoryMiB,
		cmdline: commandOf(at + 1),
		vbds: `/dev/hda:${at * SECTORS_EACH}+${SECTORS_EACH}`,
		vifs: 1
	}))
});
