/** What timekeeping keeps of a domain and of a vcpu: deadlines and periods, in cycles. */
import { Part } from '../core/part';

export class DomainTime extends Part {
	/** SCHEDOP_watchdog: deadlines, 0 when off. */
	readonly watchdogs = [0, 0];
}

export class VcpuTime extends Part {
	/** Periodic timer: its period, 0 when off. */
	periodicPeriod = 0;
	/** When the next tick is due again after being scheduled in: the cycle of the last one. */
	periodicLast = 0;
	/** One-shot timer: its deadline, or 0 when off. */
	singleshot = 0;
	/** Where the guest wants a second copy of its clock (VCPUOP_register_vcpu_time_memory_area); 0 for nowhere. */
	timeArea = 0;
}
