/** xenstore: its tree, who watches what, and the conversations that are going on. */
import type { StoreConnection, StoreNode, StorePicture } from '../../moments';
import type { Run } from '../run';

type Saved = ReturnType<Run['system']['toolstack']['xenstore']['save']>;
type SavedNode = Saved['root'];
type SavedConnection = Saved['connections'][number];

const LETTERS = ['n', 'r', 'w', 'b'];

/** The store as it is now. */
export function xenstore(run: Run): StorePicture {
	const { root, generation, watches, connections } = run.system.toolstack.xenstore.save();
	return {
		generation,
		nodes: [...nodes('/', root)],
		watches: watches.map(({ dom, path, token }) => ({ dom, path, token })),
		connections: connections.map(connection)
	};
}

function* nodes(path: string, node: SavedNode): Generator<StoreNode> {
	const permissions = node.permissions.map(({ dom, access }) => `${LETTERS[access]}${dom}`);
	yield { path, value: node.value, permissions, generation: node.generation, children: node.children.length };
	for (const [name, child] of node.children) yield* nodes(path === '/' ? `/${name}` : `${path}/${name}`, child);
}

const connection = (state: SavedConnection): StoreConnection => ({
	dom: state.dom,
	dead: state.dead,
	incoming: state.pending.length,
	outgoing: state.outgoing.reduce((sum, bytes) => sum + bytes.length, 0),
	transactions: state.transactions.map(({ id, looked, changes }) => ({
		id,
		looked: looked.length,
		changes: changes.map(({ kind, path }) => ({ kind, path }))
	}))
});
