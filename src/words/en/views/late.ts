/** Pictures that are loaded when they are first shown, and their words with them. */
export { CHANNELS as channels, GRANTS as grants, SCHEDULER as scheduler, STORE as store } from './domains';
export {
	DEVICE_REGISTERS as deviceRegisters,
	DISK_QUEUE as diskQueue,
	DOMAINS as domains,
	PACKETS as packets,
	QUEUE_ORDER as queueOrder,
	RING as ring,
	XENBUS as xenbus
} from './devices';
export { STRUCTURES as structures } from './structures';
