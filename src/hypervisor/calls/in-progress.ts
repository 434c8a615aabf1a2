/** What a processor knows of the hypercall that it is carrying out (Xen: struct mc_state, and hypercall_create_continuation). */
export class CallInProgress {
	/** The call rewound itself: EAX and EIP are already as they should be. */
	continued = false;
	/** A batch is being worked through. */
	inMulticall = false;
	/** An entry of the batch was preempted: the arguments with which it goes on. */
	preempted: readonly number[] | null = null;

	/** Nothing is half done. */
	get done(): boolean {
		return !this.continued && !this.inMulticall && this.preempted === null;
	}

	/** Gives up what is half done. */
	abandon(): void {
		this.continued = this.inMulticall = false;
		this.preempted = null;
	}
}
