/**
 * What GDB is told of the machine (GDB manual, appendix G: target descriptions). The operating system is said to be none, so that GDB does
 * not take a kernel for a program of GNU/Linux.
 */
import { REGISTERS, type Feature } from './registers';
import type { NamedBits } from '../x86/bits';
import { CR0_NAMES, CR4_NAMES } from '../x86/control';
import { FLAG_NAMES } from '../x86/flags';

/** Bits with names, of the registers that have them. */
const FLAGS: Readonly<Record<string, { feature: Feature; bits: readonly NamedBits[] }>> = {
	// GDB has no name for IOPL, which is no single bit.
	i386_eflags: { feature: 'org.gnu.gdb.i386.core', bits: FLAG_NAMES.filter(({ name }) => name !== 'IOPL') },
	i386_cr0: { feature: 'org.ringside.i386.system', bits: CR0_NAMES },
	i386_cr4: { feature: 'org.ringside.i386.system', bits: CR4_NAMES }
};

const flagsXml = (feature: Feature): string =>
	Object.entries(FLAGS)
		.filter(([, type]) => type.feature === feature)
		.map(
			([id, { bits }]) =>
				`<flags id="${id}" size="4">${bits.map(({ bit, name }) => `<field name="${name}" start="${bit}" end="${bit}"/>`).join('')}</flags>\n`
		)
		.join('');

function featureXml(feature: Feature): string {
	const registers = REGISTERS.map((register, regnum) => ({ ...register, regnum }))
		.filter((register) => register.feature === feature)
		.map(({ name, bits, type, group, regnum }) => {
			const inGroup = group ? ` group="${group}"` : '';
			return `<reg name="${name}" bitsize="${bits}" type="${type}" regnum="${regnum}"${inGroup}/>\n`;
		});
	return `<feature name="${feature}">\n${flagsXml(feature)}${registers.join('')}</feature>\n`;
}

/** The document `target.xml`. */
export const TARGET_XML = `<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
<architecture>i386</architecture>
<osabi>none</osabi>
${[...new Set(REGISTERS.map((register) => register.feature))].map(featureXml).join('')}</target>
`;
