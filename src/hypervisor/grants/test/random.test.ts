import { describe, expect, it } from 'vitest';
import { GNTTAB_CACHE_FLUSH, GNTTAB_SWAP_GRANT_REF, GNTTABOP } from '../../../abi/structs/grant';
import { DOMID_SELF } from '../../../abi/structs/xen';
import { destroyDomain } from '../../core/domains';
import { audit } from '../../mm/audit';
import { Dice } from '../../test/hostile-dice';
import { TinyHost } from '../../test/tiny-guest';
import { L1_PAGE, Party, requestBytes, REQUESTS, slot } from './party';

/** `GRANT_STEPS=n` and `GRANT_SEED=s,t` make a longer campaign. */
const STEPS = Number(process.env.GRANT_STEPS ?? 1200);
const SEEDS = process.env.GRANT_SEED ? process.env.GRANT_SEED.split(',').map(Number) : [1, 2, 3];

const REFS = [8, 8, 9, 10, 11];
const PAGES = [7, 8, 9, 10, 11, 12];

/** Three domains that grant, map, copy, flip, free, overwrite and lie; the auditor looks after every call (party.ts). */
class Market {
	readonly host = new TinyHost();
	readonly parties: Party[];
	readonly statuses = new Map<string, number>();

	constructor(private readonly dice: Dice) {
		this.parties = Array.from({ length: 3 }, () => new Party(this.host));
	}

	private page(): number {
		const { dice } = this;
		return dice.pick(this.parties).mfn(dice.once(12) ? L1_PAGE : dice.pick(PAGES));
	}

	private count(what: string, status: number): void {
		const key = `${what} ${status < 0 ? status : 0}`;
		this.statuses.set(key, (this.statuses.get(key) ?? 0) + 1);
	}

	/** An address for a mapping: mostly one that is free, at times one in use. */
	private address(): number {
		return this.dice.once(12) ? this.dice.pick(PAGES) << 12 : slot(this.dice.roll(6));
	}

	step(): void {
		const { dice } = this;
		const [me, other] = [dice.pick(this.parties), dice.pick(this.parties)];
		const [ref, page] = [dice.pick(REFS), this.page()];
		const kind = dice.roll(100);
		if (kind < 20) return me.grant(ref, dice.pick(this.parties).dom, page, dice.pick([1, 1, 1, 1, 5, 2, 2, 0, 3]));
		if (kind < 45) {
			this.arrange(other, ref, me);
			return this.map(me, other, ref);
		}
		if (kind < 65) return this.unmap(me);
		if (kind < 75) {
			this.arrange(other, ref, me);
			return this.count('copy', me.one('copy', this.copy(me, other)));
		}
		if (kind < 80) return this.transfer(me, other, ref, page);
		if (kind < 83) {
			const fields = [{ ref_a: ref, ref_b: dice.pick(REFS) }];
			return this.count('swap', me.requests(GNTTABOP.swap_grant_ref, GNTTAB_SWAP_GRANT_REF, fields)[0]);
		}
		if (kind < 85) {
			const fields = { dev_bus_addr: page * 4096, length: 8, op: 1 };
			me.guest.write(REQUESTS, [...requestBytes(GNTTAB_CACHE_FLUSH, fields)]);
			return this.count('flush', me.grantOp(GNTTABOP.cache_flush, REQUESTS, 1));
		}
		if (kind < 95) {
			const entry = dice.once(3) ? 0 : ((page << 12) | dice.pick([5, 7])) >>> 0;
			return this.count('update', me.updateVa(this.address(), entry));
		}
		this.give(me, page, dice.once(2));
	}

	/** Every other time the granter means well. */
	private arrange(granter: Party, ref: number, user: Party): void {
		const { dice } = this;
		if (dice.once(2)) granter.grant(ref, user.dom, granter.mfn(dice.pick(PAGES)), dice.pick([1, 1, 1, 5]));
	}

	private transfer(me: Party, other: Party, ref: number, page: number): void {
		const { dice } = this;
		if (dice.once(3)) return this.count('transfer', me.one('transfer', { mfn: page, domid: other.dom, ref }));
		const own = dice.pick(PAGES);
		me.updateVa(own << 12, 0);
		other.guest.domain.mm.maxPages++;
		if (!other.table.active.has(ref)) other.grant(ref, me.dom, 77, 2);
		this.count('transfer', me.one('transfer', { mfn: me.mfn(own), domid: other.dom, ref }));
	}

	private map(me: Party, other: Party, ref: number): void {
		const { dice } = this;
		const flags = dice.pick([2, 2, 2, 6, 6, 1, 3, 5, 7, 10, 18, 22]);
		const at = this.address();
		const host_addr = (flags & 16) !== 0 && dice.once(2) ? me.pteAddress(at) : at;
		this.count('map', me.one('map', { dom: other.dom, ref, host_addr, flags }));
	}

	private unmap(me: Party): void {
		const { dice } = this;
		const handles = [...me.table.mappings.keys()];
		const handle = handles.length === 0 || dice.once(10) ? dice.roll(300) : dice.pick(handles);
		const { mfn = 0, flags = 0 } = me.table.mappings.get(handle) ?? {};
		// Where it is mapped, if it still is.
		const places = Array.from({ length: 6 }, (_, n) => slot(n));
		const found = places.find((at) => me.pte(at).low >>> 12 === mfn) ?? this.address();
		const host_addr = (flags & 16) !== 0 ? me.pteAddress(found) : found;
		if (dice.once(6)) {
			const fields = { handle, host_addr, new_addr: dice.once(2) ? this.address() : 0 };
			return this.count('replace', me.one('replace', fields));
		}
		this.count('unmap', me.unmap(handle, host_addr, dice.once(3) ? 0 : mfn * 4096));
	}

	private copy(me: Party, other: Party): Record<string, number> {
		const { dice } = this;
		const flags = dice.roll(4);
		const end = (granted: boolean): [number, number] =>
			granted ? [dice.pick(REFS), other.dom] : [dice.once(6) ? this.page() : me.mfn(dice.pick(PAGES)), DOMID_SELF];
		const [source, dest] = [end((flags & 1) !== 0), end((flags & 2) !== 0)];
		return {
			'source.ref': source[0],
			'source.domid': source[1],
			'source.offset': dice.pick([0, 8, 4088]),
			'dest.ref': dest[0],
			'dest.domid': dest[1],
			'dest.offset': dice.pick([0, 16, 4088]),
			len: dice.pick([0, 4, 8, 16]),
			flags
		};
	}

	/** A page given back, or a new one asked for. */
	private give(me: Party, page: number, back: boolean): void {
		me.guest.write32(REQUESTS + 0x100, back ? page : 5);
		me.guest.write32(REQUESTS, REQUESTS + 0x100, 1, 0, 0, DOMID_SELF);
		this.count(back ? 'decrease' : 'populate', me.ask(12, back ? 1 : 6, REQUESTS));
	}

	/** Ends one domain. */
	end(party: Party): void {
		const { hv, machine } = this.host;
		destroyDomain(hv, party.guest.domain);
		for (let i = 0; i < 50 && hv.domains.has(party.dom); i++) machine.run(100);
		const problems = audit(hv);
		if (problems.length > 0)
			throw new Error(`after the end of domain ${party.dom}: ${problems.slice(0, 5).join('; ')}`);
		this.parties.splice(this.parties.indexOf(party), 1);
	}
}

describe('three domains that share at random', () => {
	it.each(SEEDS)(
		'keep every count right, and leave nothing behind (seed %i)',
		{ timeout: 60_000 + STEPS * 20 },
		(seed) => {
			const dice = new Dice(seed * 0x9e37_79b9);
			const free = new TinyHost().hv.heap.available;
			const market = new Market(dice);
			for (let i = 0; i < STEPS; i++) {
				market.step();
				market.host.recorder.events.length = 0;
				if (i === Math.floor(STEPS * 0.7)) market.end(dice.pick(market.parties));
			}
			const { statuses } = market;
			for (const what of ['map', 'unmap', 'copy', 'transfer', 'update', 'swap'])
				expect(statuses.get(`${what} 0`) ?? 0, [...statuses].join(' ')).toBeGreaterThan(0);
			expect(statuses.size).toBeGreaterThan(15);
			while (market.parties.length > 0) market.end(dice.pick(market.parties));
			expect(market.host.hv.heap.available).toBe(free);
		}
	);
});
