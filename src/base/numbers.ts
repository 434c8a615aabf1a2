/**
 * Branded numbers: the same JavaScript number, but the type checker keeps a machine frame apart from
 * any other number. Make one with its function (`mfn(5)`), read it as a plain number.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/**
 * Machine frame number: a 4 KiB page of real RAM. A pseudo-physical number (pfn, a plain number here) is a page as its
 * guest counts them, from 0 and without holes.
 */
export type Mfn = Branded<'Mfn'>;
/** A domain's number; 0 is the control domain. */
export type DomId = Branded<'DomId'>;

/** Calls a number a machine frame number; nothing is checked. */
export const mfn = (value: number): Mfn => value as Mfn;
/** Calls a number a domain's; nothing is checked. */
export const domId = (value: number): DomId => value as DomId;
