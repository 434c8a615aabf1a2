/** The tools that look into xenstore from domain 0: xenstore-ls, -list, -read, -write, -rm. */
import { done, Refusal, type Answer, type Commands, type Words, type XlContext } from '../command';

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A value as it is printed: what cannot be seen by its octal number. */
const printable = (value: string): string =>
	Array.from(value, (byte) => {
		const seen = byte >= ' ' && byte <= '~';
		return ESCAPES[byte] ?? (seen ? byte : `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`);
	}).join('');

/** One line a node below `at`, in the order in which they were made. */
function* tree({ stack }: XlContext, at: string, full: boolean, perms: boolean, depth = 0): Generator<string> {
	const { xenstore } = stack;
	for (const name of xenstore.list(at)) {
		const path = at === '/' ? `/${name}` : `${at}/${name}`;
		const permissions = perms ? `   (${xenstore.permissionsOf(path)?.join(',') ?? ''})` : '';
		yield `${full ? path : ' '.repeat(depth) + name} = "${printable(xenstore.read(path) ?? '')}"${permissions}\n`;
		yield* tree({ stack } as XlContext, path, full, perms, depth + 1);
	}
}

function existing({ stack }: XlContext, path: string, tool: string): string {
	if (stack.xenstore.read(path) === undefined) throw new Refusal(`${tool}: couldn't read path ${path}\n`);
	return path;
}

function list(context: XlContext, { options, words: [at = '/'] }: Words): Answer {
	if (at !== '/' && context.stack.xenstore.read(at) === undefined)
		throw new Refusal(`xenstore-ls: xs_directory (${at}): No such file or directory\n`);
	return done([...tree(context, at, options.has('f'), options.has('p'))].join(''));
}

export const XENSTORE_COMMANDS: Commands = {
	'xenstore-ls': { usage: '[-f] [-p] [PATH]', options: 'fp', run: list },
	'xenstore-list': {
		usage: 'PATH',
		least: 1,
		run: (context, { words: [path] }) =>
			done(
				context.stack.client
					.list(existing(context, path, 'xenstore-list'))
					.map((name) => `${name}\n`)
					.join('')
			)
	},
	'xenstore-read': {
		usage: 'PATH',
		least: 1,
		run: (context, { words: [path] }) =>
			done(`${context.stack.client.read(existing(context, path, 'xenstore-read'))}\n`)
	},
	'xenstore-write': {
		usage: 'PATH VALUE',
		least: 2,
		run: ({ stack }, { words: [path, value] }) => {
			stack.client.write(path, value);
			return done();
		}
	},
	'xenstore-rm': {
		usage: 'PATH',
		least: 1,
		run: ({ stack }, { words: [path] }) => {
			stack.client.remove(path);
			return done();
		}
	}
};
