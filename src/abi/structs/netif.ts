/** Network interfaces between domains (xen/include/public/io/netif.h). */
import { struct } from '../layout';

const HEADER = 'xen/include/public/io/netif.h';

/** Of a packet that the front end sends: its checksum is still to be made; is known to be right; goes on in the next slot. */
export const NETTXF_csum_blank = 1 << 0;
export const NETTXF_data_validated = 1 << 1;
export const NETTXF_more_data = 1 << 2;
/** An `extra_info` takes the next slot. */
export const NETTXF_extra_info = 1 << 3;

export const NETRXF_data_validated = 1 << 0;
export const NETRXF_csum_blank = 1 << 1;
export const NETRXF_more_data = 1 << 2;
export const NETRXF_extra_info = 1 << 3;
export const NETRXF_gso_prefix = 1 << 4;

export const NETIF_RSP_DROPPED = -2;
export const NETIF_RSP_ERROR = -1;
export const NETIF_RSP_OKAY = 0;
/** The answer to a slot that held no packet, such as an `extra_info`. */
export const NETIF_RSP_NULL = 1;

/** The least slots that a back end must take for one packet. */
export const XEN_NETIF_NR_SLOTS_MIN = 18;

export const XEN_NETIF_EXTRA_TYPE_NONE = 0;
export const XEN_NETIF_EXTRA_TYPE_GSO = 1;
export const XEN_NETIF_EXTRA_TYPE_MCAST_ADD = 2;
export const XEN_NETIF_EXTRA_TYPE_MCAST_DEL = 3;
export const XEN_NETIF_EXTRA_TYPE_HASH = 4;
export const XEN_NETIF_EXTRA_TYPE_XDP = 5;
export const XEN_NETIF_EXTRA_FLAG_MORE = 1 << 0;

export const NETIF_TX_REQUEST = struct('netif_tx_request', HEADER, {
	gref: 'u32',
	offset: 'u16',
	flags: 'u16',
	id: 'u16',
	/** Of the first slot: the whole packet's. */
	size: 'u16'
});

export const NETIF_TX_RESPONSE = struct('netif_tx_response', HEADER, { id: 'u16', status: 's16' });

export const NETIF_RX_REQUEST = struct('netif_rx_request', HEADER, { id: 'u16', pad: 'u16', gref: 'u32' });

export const NETIF_RX_RESPONSE = struct('netif_rx_response', HEADER, {
	id: 'u16',
	offset: 'u16',
	flags: 'u16',
	/** Bytes of this slot, or NETIF_RSP_* below 0. */
	status: 's16'
});

/** `u` is, for GSO: size (16 bits), type (8), pad (8), features (16). */
export const NETIF_EXTRA_INFO = struct('netif_extra_info', HEADER, {
	type: 'u8',
	flags: 'u8',
	u: ['u16', 3]
});
