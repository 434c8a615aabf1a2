/** A cost table that is being changed: what was typed, and what is wrong with it. */
import {
	costProblem,
	costTable,
	plainCosting,
	profileName,
	type Costing,
	type ProfileName
} from '../../workbench/costs';

export class Draft {
	profile: ProfileName = $state('p4-xeon');
	/** As typed, by row; a row that nobody touched is missing. */
	readonly typed: Record<string, string> = $state({});

	constructor(costing: Costing) {
		this.take(costing);
	}

	take(costing: Costing): void {
		this.profile = profileName(costing);
		for (const name of Object.keys(this.typed)) delete this.typed[name];
		for (const [name, cycles] of Object.entries(costing.costs ?? {})) this.typed[name] = String(cycles);
	}

	/** What a row was set to: a number, or what was typed where that is none; undefined where the profile says. */
	private set(name: string): number | string | undefined {
		const text = this.typed[name]?.trim();
		return text === undefined ? undefined : /^\d+$/.test(text) ? Number(text) : text;
	}

	/** The rows of the profile, with what was typed and what is wrong with it, or ''. */
	readonly rows = $derived.by(() =>
		costTable({ profile: this.profile }).map((row) => {
			const set = this.set(row.name);
			return {
				...row,
				text: this.typed[row.name] ?? String(row.usual),
				problem: set === undefined ? '' : costProblem(row.name, set === '' ? 'nothing' : set),
				changed: set !== undefined && set !== row.usual
			};
		})
	);

	readonly wrong = $derived(this.rows.filter(({ problem }) => problem !== ''));
	readonly changed = $derived(this.rows.filter(({ changed }) => changed).length);

	/** The table, where nothing is wrong with it. */
	get costing(): Costing {
		const costs = Object.fromEntries(
			this.rows.filter(({ changed }) => changed).map(({ name, text }) => [name, Number(text)])
		);
		return plainCosting({ profile: this.profile, costs });
	}
}
