/** How xenstore refuses: by the name of an error (xen/include/public/io/xs_wire.h: xsd_errors). */
import * as errno from '../../abi/errno';

export type XsErrorName =
	'EINVAL' | 'EACCES' | 'EEXIST' | 'ENOENT' | 'ENOMEM' | 'ENOSPC' | 'ENOSYS' | 'EBUSY' | 'EAGAIN' | 'E2BIG' | 'EPERM';

/** A request that is refused. It never leaves xenstore: the server turns it into an XS_ERROR reply. */
export class XsError extends Error {
	constructor(readonly code: XsErrorName) {
		super(code);
		this.name = 'XsError';
	}

	/** Its number, for the trace. */
	get number(): number {
		return errno[this.code];
	}
}
