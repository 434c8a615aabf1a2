/** The domains at a moment as the toolstack lists them. */

/** A device of a domain. */
export interface ToolstackDevice {
	/** `vbd` or `vif`. */
	readonly type: string;
	/** How commands name it: `xvda`, `0`. */
	readonly name: string;
	/** What stands behind it: the target of a disk, the address of an interface. */
	readonly what: string;
	readonly backend: number;
	readonly readonly: boolean;
	/** XenbusState of its front end. */
	readonly state: number;
}

export interface ToolstackDomain {
	readonly dom: number;
	readonly name: string;
	readonly memoryMiB: number;
	/** How many vcpus are online. */
	readonly vcpus: number;
	/** Letters of `xl list`: running, blocked, paused, shut down, crashed, dying; a dash where it is not. */
	readonly state: string;
	/** Processor time used, and time since it was made, seconds of virtual time. */
	readonly cpuSeconds: number;
	readonly upSeconds: number;
	readonly devices: readonly ToolstackDevice[];
}

export interface ToolstackPicture {
	/** Domain 0 first. */
	readonly domains: readonly ToolstackDomain[];
	/** Whether a command, or work that one began, is not done yet. */
	readonly busy: boolean;
}
