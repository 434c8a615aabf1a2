import { fact } from '$src/trace/facts';
import type { ExerciseData } from '$lesson/vocabulary';

/** System calls that go from ring 3 straight to ring 1. */
const DIRECT = 'count(trap vector=0x80 from_ring=3 to_ring=1)';
const WANTED = 4;

export const withoutXen: ExerciseData = {
	id: 'without-xen',
	controls: [
		{
			name: 'run',
			label: 'Command line',
			kind: 'choice',
			choices: {
				'run=rings': 'run=rings',
				'run=hello': 'run=hello',
				'run=pagefaults': 'run=pagefaults',
				'run=pipes': 'run=pipes',
				'run=ptwrite': 'run=ptwrite'
			},
			start: 'run=rings'
		}
	],
	scenario: ({ run }) => ({
		name: 'exercise',
		domains: [{ name: 'pocket', image: 'pocket', memoryMiB: 16, cmdline: run }],
		stop: { cycles: 400_000_000 }
	}),
	check(trace) {
		const direct = fact(trace, DIRECT);
		const faults = fact(trace, 'count(page_fault from_ring=3)');
		if (direct >= WANTED && faults > 0)
			return {
				solved: true,
				says: `Ring 3 called its kernel ${direct} times through the direct gate, and Xen saw none of them. It did see the ${faults} page faults: those always go through ring 0.`
			};
		if (direct === 0)
			return {
				solved: false,
				says: 'In this run nothing ever executes in ring 3: the tour is kernel code. Choose a command line that starts a program.'
			};
		return {
			solved: false,
			says: `Ring 3 called its kernel ${direct} times, and raised ${faults} page faults. You need at least ${WANTED} calls and one fault.`
		};
	},
	solution: { run: 'run=pagefaults' }
};
