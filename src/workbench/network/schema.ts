/** The shape of what a scenario says of its network. */
import * as v from 'valibot';
import { FRAME_FAULTS } from '../../trace/events';
import { cardOf, macOf, MOST_CARDS, MOUNTS } from './cards';

const count = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));

const mac = v.pipe(
	v.string(),
	v.regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, 'an Ethernet address is six bytes as 52:54:00:12:34:56'),
	v.check((text) => (macOf(text)[0] & 1) === 0, 'this is the address of a group, which no card can have')
);

const card = v.strictObject({ mac, mount: v.optional(v.picklist(MOUNTS), 'isa') });

const CardsSchema = v.pipe(
	v.union(
		[
			v.pipe(count(0), v.maxValue(MOST_CARDS, `there is room for ${MOST_CARDS} cards`)),
			v.pipe(v.array(card), v.maxLength(MOST_CARDS, `there is room for ${MOST_CARDS} cards`))
		],
		(issue) => issue.issues?.[0].message ?? 'a number of cards, or a list of them'
	),
	v.transform((cards) => (typeof cards === 'number' ? Array.from({ length: cards }, (_, n) => cardOf(n)) : cards)),
	v.check(
		(cards) => new Set(cards.map((one) => one.mac.toLowerCase())).size === cards.length,
		'two cards have one address'
	)
);

const WHICH = ['frame', 'every', 'chance'] as const;

/** One of `frame`, `every`, `chance`; the numbers of frames begin with 1. */
const FaultSchema = v.pipe(
	v.strictObject({
		kind: v.picklist(FRAME_FAULTS),
		how: v.optional(v.picklist(['bit', 'short', 'dribble'])),
		frame: v.optional(count(1)),
		every: v.optional(count(1)),
		chance: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
		seed: v.optional(count(0))
	}),
	v.check(
		(fault) => WHICH.filter((name) => fault[name] !== undefined).length === 1,
		'a fault has one of frame, every and chance'
	),
	v.check((fault) => fault.how === undefined || fault.kind === 'damage', 'how is for a fault that damages'),
	v.check((fault) => fault.seed === undefined || fault.chance !== undefined, 'a seed goes with a chance')
);

const file = v.pipe(v.string(), v.minLength(1));

/** Frames of a pcap, the first at `atMs` of virtual time, the others as long after it as they were captured. */
const InjectSchema = v.union(
	[
		v.pipe(
			file,
			v.transform((name) => ({ file: name, atMs: 0 }))
		),
		v.strictObject({ file, atMs: v.optional(v.pipe(v.number(), v.minValue(0)), 0) })
	],
	'the key of a pcap, or { file, atMs }'
);

export const NetworkSchema = v.strictObject({
	/** Network cards, as many or each with its address, all on one wire. */
	cards: v.optional(CardsSchema, 1),
	/** What befalls frames on the wire. */
	faults: v.optional(v.array(FaultSchema), []),
	/** What comes from outside: key by which the run gets the bytes of a pcap, as it gets images. */
	inject: v.optional(InjectSchema)
});

export type NetworkSpec = v.InferOutput<typeof NetworkSchema>;
