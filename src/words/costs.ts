/** What is said of the cost table: its profiles, its rows, and what each figure rests on. */
import type { CostClass, Ground, ProfileName } from '../hardware/cost';
import type { Said } from './views/said';

/** What a profile is called. Apart from the rest, since every figure in cycles names its profile. */
export type ProfileWords = Said<ProfileName>;

/** A row of the table. */
interface CostRowWords {
	readonly title: string;
	/** What happens in that time. */
	readonly what: string;
	/** When it is charged. */
	readonly when: string;
}

/** A sentence for every row. */
export type RowSentences = { readonly [Row in CostClass]: string };

export interface CostWords {
	readonly rows: { readonly [Row in CostClass]: CostRowWords };
	/** What each profile is. */
	readonly about: Said<ProfileName>;
	/** What each figure of each profile rests on. */
	readonly sources: { readonly [Name in ProfileName]: RowSentences };
	readonly grounds: { readonly [Name in Ground]: { readonly title: string; readonly about: string } };
}

/** What is said of the table in the language that is spoken; apart from `words`, so that a page which only names a profile does without. */
export { COSTS as costWords } from './en/costs';
