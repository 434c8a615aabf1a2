/**
 * Branded numbers: the same JavaScript number, but the type checker keeps a machine frame apart from
 * a pseudo-physical one. Make one with its function (`mfn(5)`), read it as a plain number.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/** Machine frame number: a 4 KiB page of real RAM. */
export type Mfn = Branded<'Mfn'>;
/** Pseudo-physical frame number: a page as its guest counts them, from 0 and without holes. */
export type Pfn = Branded<'Pfn'>;
/** A linear (virtual, after segmentation) address, unsigned 32 bits. */
export type LinearAddr = Branded<'LinearAddr'>;
/** A physical (machine) address in bytes. */
export type PhysAddr = Branded<'PhysAddr'>;
/** A domain's number; 0 is the control domain. */
export type DomId = Branded<'DomId'>;
/** An event-channel port, local to a domain. */
export type Port = Branded<'Port'>;
/** An index into a domain's grant table. */
export type GrantRef = Branded<'GrantRef'>;
/** Virtual time in processor cycles since reset; an integer below 2^53. */
export type Cycles = Branded<'Cycles'>;

export const mfn = (value: number): Mfn => value as Mfn;
export const pfn = (value: number): Pfn => value as Pfn;
export const linear = (value: number): LinearAddr => (value >>> 0) as LinearAddr;
export const phys = (value: number): PhysAddr => value as PhysAddr;
export const domId = (value: number): DomId => value as DomId;
export const port = (value: number): Port => value as Port;
export const grantRef = (value: number): GrantRef => value as GrantRef;
export const cycles = (value: number): Cycles => value as Cycles;
