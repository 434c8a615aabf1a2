import type { Frame } from './frame';

/** Somebody who listens on a wire. */
export interface Station {
	/** A frame has passed, sent by another. */
	hear(frame: Frame): void;
}

/** The wire as one station has it, half duplex and without collisions: who wants to send waits until it is silent. */
export interface Medium {
	/** Takes the wire for a frame of so many bytes. @returns the cycle at which its last bit will have passed */
	claim(bytes: number): number;
	/** That cycle has come: every other station hears the frame. `cause` is the event that tells of its sending. */
	carry(frame: Frame, cause: number): void;
}
