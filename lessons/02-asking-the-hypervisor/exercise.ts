import { fact } from '$src/trace/facts';
import type { ExerciseData } from '$lesson/vocabulary';

export const largestBatch: ExerciseData = {
	id: 'largest-batch',
	controls: [
		{
			name: 'run',
			label: 'Command line',
			kind: 'choice',
			choices: { 'run=hello': 'run=hello', 'run=fork': 'run=fork', 'run=pagefaults': 'run=pagefaults' },
			start: 'run=hello'
		},
		{ name: 'entries', label: 'Largest batch, entries', kind: 'number', min: 1, max: 512, start: '' }
	],
	scenario: ({ run }) => ({
		name: 'exercise',
		domains: [{ name: 'pocket', image: 'pocket', memoryMiB: 16, cmdline: run }],
		stop: { cycles: 400_000_000 }
	}),
	check(trace, { run, entries }) {
		if (run !== 'run=fork') return { solved: false, says: 'This run does not fork. Choose the one that does.' };
		const largest = fact(trace, 'max(arg2, hypercall name=mmu_update)');
		if (entries.trim() === '')
			return {
				solved: false,
				says: 'The run is in your score now. Look at each mmu_update: its second argument is the count of entries. Then type the largest, and run again.'
			};
		if (Number(entries) === largest)
			return {
				solved: true,
				says: `${largest} entries in one crossing: two pages of the parent become read-only, to be copied when somebody writes, and five new tables become read-only before Xen may take them as tables.`
			};
		return {
			solved: false,
			says: `${entries} is not the largest. Step through the mmu_update calls of your score and read their counts.`
		};
	},
	solution: { run: 'run=fork', entries: '7' }
};
