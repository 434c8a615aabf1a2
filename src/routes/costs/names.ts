/** What a cost table is called where there is room for a few words. */
import { changedRows, profileName, type Costing } from '../../workbench/costing';
import { words } from '../../words';
import { count } from '../../words/numbers';

/** `1 row`, `3 rows` */
export const rowsText = (rows: number): string => `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`;

/** `3 rows changed` */
export const changesText = (rows: number): string => `${rowsText(rows)} changed`;

/** `Pentium 4 Xeon, 2.4 GHz`, `Pentium 4 Xeon, 2.4 GHz, 3 rows changed` */
export function tableName(costing: Costing): string {
	const changed = changedRows(costing);
	const profile = words.profiles[profileName(costing)];
	return changed > 0 ? `${profile}, ${changesText(changed)}` : profile;
}
