/**
 * A fault is thrown as the processor's one preallocated `Fault`, before any state has changed, and caught by the engine, which
 * delivers it through the IDT (SDM vol. 3, ch. 6).
 */
import { BENIGN, FAULT_CLASS, NO_ERROR, type FaultClass } from '../../x86/exceptions';

/** What is thrown: not an `Error`, since it is an everyday event and must cost nothing to make. */
export class Fault {
	vector = 0;
	/** Error code to push, or NO_ERROR. */
	error: number = NO_ERROR;
	/** The linear address that failed, for #PF only; CR2 takes it at delivery. */
	address = 0;

	get class(): FaultClass {
		return FAULT_CLASS[this.vector] ?? BENIGN;
	}
}
