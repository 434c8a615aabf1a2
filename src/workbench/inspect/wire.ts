import type { Run } from '../run';

/** What has passed on the machine's wire until now, as a pcap; null where it has none. */
export const wire = ({ system }: Run): Uint8Array | null => system.network?.capture() ?? null;
