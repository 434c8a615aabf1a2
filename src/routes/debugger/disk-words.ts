/** What has become of a disk, in words. */
import { counted } from '../../words/plural';

const CHANGED = { one: 'one sector is not as the image has it', other: '{n} sectors are not as the image has them' };

export const changedWords = (sectors: number): string =>
	sectors === 0 ? 'it is as its image, nothing was written' : counted(CHANGED, sectors);
