/** xenstore's ring and wire protocol (xen/include/public/io/xs_wire.h). */
import { struct } from '../layout';

const HEADER = 'xen/include/public/io/xs_wire.h';

export const XENSTORE_RING_SIZE = 1024;
export const XENSTORE_PAYLOAD_MAX = 4096;
export const XENSTORE_ABS_PATH_MAX = 3072;
export const XENSTORE_REL_PATH_MAX = 2048;

/** Requests and replies as two byte rings in one page, with free-running indices. */
export const XENSTORE_INTERFACE = struct('xenstore_domain_interface', HEADER, {
	req: ['u8', XENSTORE_RING_SIZE],
	rsp: ['u8', XENSTORE_RING_SIZE],
	req_cons: 'u32',
	req_prod: 'u32',
	rsp_cons: 'u32',
	rsp_prod: 'u32',
	/** XENSTORE_SERVER_FEATURE_* bits. */
	server_features: 'u32',
	connection: 'u32',
	error: 'u32'
});

/** Header of each message, either way; `len` bytes follow. */
export const XSD_SOCKMSG = struct('xsd_sockmsg', HEADER, {
	type: 'u32',
	req_id: 'u32',
	tx_id: 'u32',
	len: 'u32'
});

/** Message types; their names for display are XENSTORE_OPS of the event catalogue. */
export const XS = {
	CONTROL: 0,
	DIRECTORY: 1,
	READ: 2,
	GET_PERMS: 3,
	WATCH: 4,
	UNWATCH: 5,
	TRANSACTION_START: 6,
	TRANSACTION_END: 7,
	INTRODUCE: 8,
	RELEASE: 9,
	GET_DOMAIN_PATH: 10,
	WRITE: 11,
	MKDIR: 12,
	RM: 13,
	SET_PERMS: 14,
	WATCH_EVENT: 15,
	ERROR: 16,
	IS_DOMAIN_INTRODUCED: 17,
	RESUME: 18,
	SET_TARGET: 19,
	RESET_WATCHES: 21,
	DIRECTORY_PART: 22
} as const;

export const XENSTORE_SERVER_FEATURE_RECONNECTION = 1;
export const XENSTORE_SERVER_FEATURE_ERROR = 2;

export const XENSTORE_CONNECTED = 0;
export const XENSTORE_RECONNECT = 1;

export const XENSTORE_ERROR_NONE = 0;
export const XENSTORE_ERROR_COMM = 1;
export const XENSTORE_ERROR_RINGIDX = 2;
export const XENSTORE_ERROR_PROTO = 3;
