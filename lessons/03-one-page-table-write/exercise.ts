import { fact } from '$src/trace/facts';
import type { ExerciseData } from '$lesson/vocabulary';

export const tableBecomesMemory: ExerciseData = {
	id: 'table-becomes-memory',
	controls: [
		{
			name: 'run',
			label: 'Command line',
			kind: 'choice',
			choices: {
				'run=hello': 'run=hello',
				'run=batch': 'run=batch',
				'run=ptwrite': 'run=ptwrite',
				'run=pipes': 'run=pipes',
				'run=spin': 'run=spin'
			},
			start: 'run=ptwrite'
		}
	],
	scenario: ({ run }) => ({
		name: 'exercise',
		domains: [{ name: 'pocket', image: 'pocket', memoryMiB: 12, cmdline: run }],
		stop: { cycles: 60_000_000 }
	}),
	check(trace) {
		const freed = fact(trace, 'count(frame_type dom=1 old_type=l1_page_table type=writable)');
		if (freed > 0)
			return {
				solved: true,
				says: `${freed} frames were page tables and are memory again. A child process ended: its top table was unpinned, every count below it fell to zero, and only then could the kernel map those frames writable.`
			};
		const made = fact(trace, 'count(frame_type old_type=writable type=l1_page_table)');
		return {
			solved: false,
			says:
				made > 0
					? `${made} frames became page tables in this run, but none came back. Which program ends an address space while another goes on?`
					: 'No frame became a page table in this run after the domain was built.'
		};
	},
	solution: { run: 'run=pipes' }
};
