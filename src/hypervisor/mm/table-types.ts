/** What a frame is checked for when it takes a type, and gives back when it loses it: a row each type that has contents. */
import type { Mm, TableType } from './context';
import { validateDescriptors } from './descriptor-check';
import { TYPE } from './frame-table';
import { releaseL1, validateL1 } from './l1';
import { releaseL2, validateL2 } from './l2';
import { releaseL3, validateL3 } from './l3';

export const TABLE_TYPES: Mm['tables'] = {
	[TYPE.l1]: { validate: validateL1, release: releaseL1 },
	[TYPE.l2]: { validate: validateL2, release: releaseL2 },
	[TYPE.l3]: { validate: validateL3, release: releaseL3 },
	[TYPE.segDesc]: { validate: validateDescriptors }
} satisfies Record<number, TableType>;
