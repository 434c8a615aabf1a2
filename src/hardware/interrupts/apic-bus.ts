/** An interrupt on its way to processors. */
export interface ApicMessage {
	/** 16 to 255. */
	readonly vector: number;
	/** It is a level, which needs an EOI before it is sent again. */
	readonly level: boolean;
	/** Bits 31 to 24 of a redirection entry or of the high half of the ICR. */
	readonly destination: number;
	/** The destination is a set of logical addresses and not a physical one (SDM vol. 3, 10.6.2). */
	readonly logical: boolean;
	/** One of those meant takes it: that with the lowest priority. */
	readonly lowestPriority: boolean;
}

/** A local APIC as others on the bus see it. */
export interface ApicReceiver {
	/** Whether a message is meant for it. */
	isMeant(destination: number, logical: boolean): boolean;
	/** Its processor priority, by which one of several is chosen. */
	readonly arbitration: number;
	raise(vector: number, level: boolean): void;
	/** Told of the EOI of each level that it took. */
	onLevelEnd: (vector: number) => void;
}

/** An I/O APIC as the bus sees it. */
export interface ApicSender {
	/** Sends a message; wired to the bus, and no state. */
	send: (message: ApicMessage) => void;
	/** Some processor has ended the level that came with this vector. */
	levelEnded(vector: number): void;
}

/** What joins I/O APICs and local APICs (SDM vol. 3, 10.10; 82093AA data sheet, 3.5). It has no state: a message arrives when it is sent. */
export class ApicBus {
	private readonly senders: ApicSender[] = [];

	constructor(private readonly receivers: readonly ApicReceiver[]) {
		for (const receiver of receivers)
			receiver.onLevelEnd = (vector) => {
				for (const sender of this.senders) sender.levelEnded(vector);
			};
	}

	/** Wires an I/O APIC to it. */
	join(sender: ApicSender): void {
		this.senders.push(sender);
		sender.send = (message) => this.deliver(message);
	}

	private deliver({ vector, level, destination, logical, lowestPriority }: ApicMessage): void {
		const meant = this.receivers.filter((receiver) => receiver.isMeant(destination, logical));
		const lowest = meant.reduce<ApicReceiver[]>(
			(best, one) => (best.length === 0 || one.arbitration < best[0].arbitration ? [one] : best),
			[]
		);
		for (const receiver of lowestPriority ? lowest : meant) receiver.raise(vector, level);
	}
}
