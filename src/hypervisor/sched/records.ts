/** What scheduling keeps of a vcpu: why it may not run, and how long it has been doing what. Times in cycles. */
import { Part } from '../core/part';

export class VcpuSched extends Part {
	/** RUNSTATE_*: an index of RUNSTATES. */
	runstate = 3;
	runstateSince = 0;
	/** Time spent in each runstate. */
	runstateTime = [0, 0, 0, 0];
	/** Where the guest wants to read these (VCPUOP_register_runstate_memory_area); 0 for nowhere. */
	runstateArea = 0;
	/** VCPU down (VCPUOP_down, or not yet up). */
	down = true;
	/** Waiting in SCHEDOP_block or SCHEDOP_poll. */
	blocked = false;
	/** Ports polled, or null when not in SCHEDOP_poll. */
	polling: number[] | null = null;
	/** When a SCHEDOP_poll times out; 0 for never. */
	pollDeadline = 0;
	/** Paused by the control port: count. */
	pauseCount = 0;
}
