/**
 * What GDB is told of the machine (GDB manual, appendix G: target descriptions). The operating system is said to be none, so that GDB does
 * not take a kernel for a program of GNU/Linux.
 */
import { REGISTERS, type Feature } from './registers';

/** Bits with names, of the registers that have them (SDM vol. 1, 3.4.3; vol. 3, 2.5). */
const FLAGS: Readonly<Record<string, { feature: Feature; bits: readonly [bit: number, name: string][] }>> = {
	i386_eflags: {
		feature: 'org.gnu.gdb.i386.core',
		bits: [
			[0, 'CF'],
			[2, 'PF'],
			[4, 'AF'],
			[6, 'ZF'],
			[7, 'SF'],
			[8, 'TF'],
			[9, 'IF'],
			[10, 'DF'],
			[11, 'OF'],
			[14, 'NT'],
			[16, 'RF'],
			[17, 'VM'],
			[18, 'AC'],
			[19, 'VIF'],
			[20, 'VIP'],
			[21, 'ID']
		]
	},
	i386_cr0: {
		feature: 'org.ringside.i386.system',
		bits: [
			[0, 'PE'],
			[1, 'MP'],
			[2, 'EM'],
			[3, 'TS'],
			[4, 'ET'],
			[5, 'NE'],
			[16, 'WP'],
			[18, 'AM'],
			[29, 'NW'],
			[30, 'CD'],
			[31, 'PG']
		]
	},
	i386_cr4: {
		feature: 'org.ringside.i386.system',
		bits: [
			[0, 'VME'],
			[1, 'PVI'],
			[2, 'TSD'],
			[3, 'DE'],
			[4, 'PSE'],
			[5, 'PAE'],
			[6, 'MCE'],
			[7, 'PGE'],
			[8, 'PCE'],
			[9, 'OSFXSR'],
			[10, 'OSXMMEXCPT'],
			[11, 'UMIP'],
			[13, 'VMXE'],
			[14, 'SMXE'],
			[20, 'SMEP'],
			[21, 'SMAP']
		]
	}
};

const flagsXml = (feature: Feature): string =>
	Object.entries(FLAGS)
		.filter(([, type]) => type.feature === feature)
		.map(
			([id, { bits }]) =>
				`<flags id="${id}" size="4">${bits.map(([bit, name]) => `<field name="${name}" start="${bit}" end="${bit}"/>`).join('')}</flags>\n`
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
