/** The window with the cost table: one for all pages. Whoever shows a run says what table it has, and how it is run again with another. */
import type { Costing } from '../../workbench/costing';

export interface CostHost {
	/** The table of the run that is shown. */
	readonly costing: Costing;
	/** Runs again what is shown. */
	run(costing: Costing): void;
}

class CostSheet {
	open = $state(false);
	/** None where nothing is shown that could run again. */
	host: CostHost | null = $state.raw(null);
}

export const costSheet = new CostSheet();

/** Offers a page's run to the window for as long as the component lives. */
export function useCosts(host: () => CostHost): void {
	$effect(() => {
		const mine = (costSheet.host = host());
		return () => {
			if (costSheet.host === mine) costSheet.host = null;
		};
	});
}
