/** The glossary in English. */
import type { Glossary } from '../../glossary';
import { INTERFACE } from './interface';
import { MEMORY } from './memory';
import { PROCESSOR } from './processor';
import { RINGSIDE } from './ringside';
import { VIRTUALIZATION } from './virtualization';

const ENTRIES = { ...VIRTUALIZATION, ...PROCESSOR, ...MEMORY, ...INTERFACE, ...RINGSIDE } as const;

/** A name that an entry has. */
export type TermName = keyof typeof ENTRIES;

export const GLOSSARY: Glossary & Readonly<Record<TermName, Glossary[string]>> = ENTRIES;
