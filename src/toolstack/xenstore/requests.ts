/**
 * What each request of xenstore does: one row of `REQUESTS` a message type
 * (xen/include/public/io/xs_wire.h: enum xsd_sockmsg_type).
 */
import { XENSTORE_PAYLOAD_MAX, XS } from '../../abi/structs/xenstore';
import { QUOTA, type Access } from './access';
import type { Connection } from './connection';
import { XsError } from './errors';
import { absolutePath, domainPath, isSpecial, watchPath } from './path';
import { formatPermission, isPrivileged, parsePermission } from './permissions';
import type { Xenstore } from './server';
import type { Transaction } from './transactions';
import type { Watch } from './watches';
import { joined, strings } from './wire';

/** A request as its handler sees it. */
export interface Request {
	readonly connection: Connection;
	readonly dom: number;
	/** Strings of the payload, each ended by NUL. */
	readonly args: readonly string[];
	readonly payload: string;
	readonly access: Access;
	readonly transaction: Transaction | null;
	readonly transactionId: number;
}

/** A handler returns the payload of the reply, and what is to be done once that is on its way. */
type RequestHandler = (server: Xenstore, request: Request) => string | { payload: string; after: () => void };

const OK = 'OK\0';

/** The `index`th string of a request. @throws XsError EINVAL when it is missing */
function arg(request: Request, index: number): string {
	const value = request.args[index];
	if (value === undefined) throw new XsError('EINVAL');
	return value;
}

const path = (request: Request): string => absolutePath(arg(request, 0), request.dom);

function domainArg(request: Request): number {
	const text = arg(request, 0);
	if (!/^\d{1,5}$/.test(text)) throw new XsError('EINVAL');
	return Number(text);
}

/** Domain 0's requests: they do not come over a guest's ring. */
const refuse: RequestHandler = () => {
	throw new XsError('EACCES');
};

function watchOf(request: Request): Watch {
	const given = arg(request, 0);
	const relative = !given.startsWith('/') && !isSpecial(given);
	const { dom } = request;
	return { dom, by: dom, path: watchPath(given, dom), token: arg(request, 1), relative };
}

/** One part of a long list: from byte `offset` on, led by the list's generation; its end is an empty string. */
function directoryPart(request: Request): string {
	const offset = Number(arg(request, 1));
	if (!Number.isInteger(offset) || offset < 0) throw new XsError('EINVAL');
	const { names, generation } = request.access.list(path(request));
	const all = joined(names);
	const lead = `${generation}\0`;
	const room = XENSTORE_PAYLOAD_MAX - lead.length - 1;
	let part = '';
	for (const name of strings(all.slice(offset))) {
		if (part.length + name.length + 1 > room) return lead + part;
		part += `${name}\0`;
	}
	return `${lead}${part}\0`;
}

function endTransaction(server: Xenstore, request: Request): string {
	const verdict = arg(request, 0);
	if (verdict !== 'T' && verdict !== 'F') throw new XsError('EINVAL');
	if (!request.transaction) throw new XsError('ENOENT');
	request.connection.transactions.delete(request.transactionId);
	if (verdict === 'T') server.commit(request.transaction);
	return OK;
}

function startTransaction(server: Xenstore, request: Request): string {
	const { connection } = request;
	if (request.transaction) throw new XsError('EBUSY');
	if (!isPrivileged(request.dom) && connection.transactions.size >= QUOTA.transactions) throw new XsError('ENOSPC');
	while (connection.nextTransaction === 0 || connection.transactions.has(connection.nextTransaction))
		connection.nextTransaction = (connection.nextTransaction + 1) >>> 0;
	const id = connection.nextTransaction;
	connection.nextTransaction = (id + 1) >>> 0;
	connection.transactions.set(id, server.transaction(id, request.dom));
	return `${id}\0`;
}

export const REQUESTS: Readonly<Record<number, RequestHandler>> = {
	[XS.CONTROL]: refuse,
	[XS.DIRECTORY]: (_, request) => {
		const list = joined(request.access.list(path(request)).names);
		if (list.length > XENSTORE_PAYLOAD_MAX) throw new XsError('E2BIG');
		return list;
	},
	[XS.DIRECTORY_PART]: (_, request) => directoryPart(request),
	[XS.READ]: (_, request) => request.access.read(path(request)),
	[XS.WRITE]: (_, request) => {
		const at = path(request);
		request.access.write(at, request.payload.slice(arg(request, 0).length + 1));
		return OK;
	},
	[XS.MKDIR]: (_, request) => {
		request.access.mkdir(path(request));
		return OK;
	},
	[XS.RM]: (_, request) => {
		request.access.remove(path(request));
		return OK;
	},
	[XS.GET_PERMS]: (_, request) => joined(request.access.permissions(path(request)).map(formatPermission)),
	[XS.SET_PERMS]: (_, request) => {
		arg(request, 1);
		request.access.setPermissions(path(request), request.args.slice(1).map(parsePermission));
		return OK;
	},
	[XS.WATCH]: (server, request) => {
		const watch = watchOf(request);
		server.watches.add(watch);
		return { payload: OK, after: () => server.watches.fireFirst(watch) };
	},
	[XS.UNWATCH]: (server, request) => {
		server.watches.remove(watchOf(request));
		return OK;
	},
	[XS.RESET_WATCHES]: (server, request) => {
		server.watches.removeAll(request.dom);
		request.connection.transactions.clear();
		return OK;
	},
	[XS.TRANSACTION_START]: startTransaction,
	[XS.TRANSACTION_END]: endTransaction,
	[XS.GET_DOMAIN_PATH]: (_, request) => `${domainPath(domainArg(request))}\0`,
	[XS.IS_DOMAIN_INTRODUCED]: (server, request) => (server.isIntroduced(domainArg(request)) ? 'T\0' : 'F\0'),
	[XS.INTRODUCE]: refuse,
	[XS.RELEASE]: refuse,
	[XS.RESUME]: refuse,
	[XS.SET_TARGET]: refuse
};

/** Requests that act in the transaction they name; for the others its number means nothing. */
export const TRANSACTIONAL = new Set<number>([
	XS.DIRECTORY,
	XS.DIRECTORY_PART,
	XS.READ,
	XS.WRITE,
	XS.MKDIR,
	XS.RM,
	XS.GET_PERMS,
	XS.SET_PERMS,
	XS.TRANSACTION_START,
	XS.TRANSACTION_END
]);
