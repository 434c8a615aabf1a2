/** A file that cannot be opened: what is wrong with it, and at which byte. */
import { count } from '../../words/numbers';
export class FileError extends Error {
	constructor(
		/** What is wrong, without the place. */
		readonly reason: string,
		/** Offset of the first byte that is wrong; -1 where no byte can be blamed. */
		readonly at = -1
	) {
		super(at < 0 ? reason : `${reason} (at byte ${count(at)})`);
		this.name = 'FileError';
	}
}
