/** The registers of a network card, by their names in the data sheet of the DP8390D, section 10. */
import { flags, plain, type Readings } from '../readings';
import { CR, DCR, ISR, RCR, RSR, TCR, TSR } from './registers';
import { interruptStatus, type Dp8390State } from './state';

const SOURCE = 'DP8390D data sheet';
const { STP, STA, TXP, REMOTE, PAGE } = CR;

/** What the chip is told and tells, its ring of pages, and the remote DMA. */
export const dp8390Readings = (state: Dp8390State): Readings[] => [
	{
		part: 'command and status',
		source: SOURCE,
		registers: [
			flags('CR', state.cr, { STP, STA, TXP, RD: REMOTE, PS: PAGE }),
			flags('ISR', interruptStatus(state), ISR),
			flags('IMR', state.imr, ISR),
			flags('DCR', state.dcr, DCR),
			flags('TCR', state.tcr, TCR),
			flags('TSR', state.tsr, TSR),
			flags('RCR', state.rcr, RCR),
			flags('RSR', state.rsr, RSR)
		]
	},
	{
		part: 'ring and DMA',
		source: SOURCE,
		registers: [
			plain('PSTART', state.pstart),
			plain('PSTOP', state.pstop),
			plain('BNRY', state.bnry),
			plain('CURR', state.curr),
			plain('TPSR', state.tpsr),
			plain('TBCR', state.tbcr, 16),
			plain('CRDA', state.crda, 16),
			plain('RBCR', state.rbcr, 16),
			plain('CLDA', state.clda, 16),
			...state.par.map((byte, n) => plain(`PAR${n}`, byte)),
			...state.mar.map((byte, n) => plain(`MAR${n}`, byte)),
			...state.tally.map((count, n) => plain(`CNTR${n}`, count))
		]
	}
];
