/**
 * Who may read and write a node. The first entry names the owner and what everyone else may do; the
 * others name single domains. Written as in the protocol: a letter (`n` none, `r` read, `w` write,
 * `b` both) and a domain number, for instance `n1 r0`.
 */
import { XsError } from './errors';

export const READ = 1;
export const WRITE = 2;

/** What one domain may do with a node. */
export interface Permission {
	readonly dom: number;
	/** Any of READ and WRITE. */
	readonly access: number;
}

/** At least one entry; the first is the owner's. */
export type Permissions = readonly Permission[];

const LETTERS = ['n', 'r', 'w', 'b'];

/** Domain 0 runs xenstore: nothing is kept from it. */
export const isPrivileged = (dom: number): boolean => dom === 0;

/** The domain that owns the node. */
export const ownerOf = (permissions: Permissions): number => permissions[0].dom;

/** Whether `dom` has all of `access`. */
export function mayAccess(permissions: Permissions, dom: number, access: number): boolean {
	if (isPrivileged(dom) || ownerOf(permissions) === dom) return true;
	const entry = permissions.slice(1).find((permission) => permission.dom === dom) ?? permissions[0];
	return (entry.access & access) === access;
}

/** Whether `dom` may change the permissions themselves. */
export const mayChangePermissions = (permissions: Permissions, dom: number): boolean =>
	isPrivileged(dom) || ownerOf(permissions) === dom;

/** As the protocol writes it: `r1`. */
export const formatPermission = (permission: Permission): string => `${LETTERS[permission.access]}${permission.dom}`;

/** @throws XsError EINVAL unless it is one of `nrwb` and a domain number */
export function parsePermission(text: string): Permission {
	const match = /^([nrwb])(\d{1,5})$/.exec(text);
	if (!match || Number(match[2]) > 0x7fff) throw new XsError('EINVAL');
	return { access: LETTERS.indexOf(match[1]), dom: Number(match[2]) };
}

/** Permissions from their short form, for the toolstack's own use: `permissions('n0 r1')`. */
export const permissions = (text: string): Permissions => text.split(' ').map(parsePermission);

/** What a new node gets: its parent's permissions, but an unprivileged creator owns what it makes. */
export const inherited = (parent: Permissions, creator: number): Permissions =>
	isPrivileged(creator) ? parent : [{ dom: creator, access: parent[0].access }, ...parent.slice(1)];
