/** Paths of xenstore: which are well formed, and how a relative one is understood. */
import { XENSTORE_ABS_PATH_MAX, XENSTORE_REL_PATH_MAX } from '../../abi/structs/xenstore';
import { XsError } from './errors';

const WELL_FORMED = /^(?:\/|(?:\/[A-Za-z0-9_@-]+)+)$/;

/** Watches on these fire when a domain comes or goes; they are no nodes. */
const SPECIAL_PATHS = ['@introduceDomain', '@releaseDomain'] as const;

/** Whether it is a name to watch that is no node. */
export const isSpecial = (path: string): boolean => (SPECIAL_PATHS as readonly string[]).includes(path);

/** Where the relative paths of domain `dom` start. */
export const domainPath = (dom: number): string => `/local/domain/${dom}`;

/**
 * The absolute form of a path that domain `dom` sent.
 * @throws XsError EINVAL when it is malformed or too long
 */
export function absolutePath(path: string, dom: number): string {
	const relative = !path.startsWith('/');
	if (path.length === 0 || path.length > (relative ? XENSTORE_REL_PATH_MAX : XENSTORE_ABS_PATH_MAX))
		throw new XsError('EINVAL');
	const absolute = relative ? `${domainPath(dom)}/${path}` : path;
	if (!WELL_FORMED.test(absolute) || absolute.includes('@')) throw new XsError('EINVAL');
	return absolute;
}

/** As `absolutePath`, but the special paths stand for themselves. */
export const watchPath = (path: string, dom: number): string => (isSpecial(path) ? path : absolutePath(path, dom));

/** The names from the root to the node, root excluded. */
export const pathNames = (path: string): string[] => (path === '/' ? [] : path.slice(1).split('/'));

/** The path of the parent; the root is its own. */
export function parentPath(path: string): string {
	const slash = path.lastIndexOf('/');
	return slash <= 0 ? '/' : path.slice(0, slash);
}

/** The path of child `name` of `path`. */
export const childPath = (path: string, name: string): string => (path === '/' ? `/${name}` : `${path}/${name}`);

/** Whether `path` is `ancestor` or lies below it. */
export const isWithin = (path: string, ancestor: string): boolean =>
	path === ancestor || ancestor === '/' || path.startsWith(`${ancestor}/`);
