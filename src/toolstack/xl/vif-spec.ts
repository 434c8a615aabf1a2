/**
 * A network interface of xl.cfg (docs/man/xl-network-configuration.5.pod of the Xen sources): KEY=VALUE between commas. What is wrong in
 * it is only told, and left out.
 */
import type { VifConfig } from '../devices/config';
import { scriptFile } from './disk-spec';

interface Draft {
	mac?: string;
	bridge?: string;
	backend?: string;
	script?: string;
}

const MAC = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i;

/** What a key does to the interface; what it has to say, or nothing. */
const KEYS: Readonly<Record<string, (draft: Draft, value: string) => string | void>> = {
	mac: (draft, value) => {
		if (!MAC.test(value)) return `'${value}' is no MAC address; one is made up`;
		draft.mac = value
			.toLowerCase()
			.split(':')
			.map((byte) => byte.padStart(2, '0'))
			.join(':');
	},
	bridge: (draft, value) => void (draft.bridge = value),
	backend: (draft, value) => void (draft.backend = value),
	script: (draft, value) => void (draft.script = scriptFile(value)),
	type: (_, value) => (value === 'vif' ? undefined : `type=${value} is ignored: interfaces here are of type vif`),
	rate: () => 'rate= is ignored: nothing is held back here',
	ip: () => undefined,
	model: () => undefined,
	accel: () => undefined,
	vifname: () => 'vifname= is ignored: the back end chooses the name',
	gatewaydev: () => undefined,
	trusted: () => undefined,
	mtu: (_, value) => (value === '1500' ? undefined : 'mtu= is ignored: it is 1500 here')
};

/** Reads an interface, and says what it has passed over. */
export function parseVif(text: string): { vif: VifConfig; messages: string[] } {
	const draft: Draft = {};
	const messages: string[] = [];
	for (const part of text.split(',').map((part) => part.trim())) {
		if (part === '') continue;
		const [key, ...value] = part.split('=');
		const set = Object.hasOwn(KEYS, key) && value.length > 0 ? KEYS[key] : undefined;
		const said = set ? set(draft, value.join('=')) : `unrecognized argument '${part}'`;
		if (said) messages.push(`vif: ${said}`);
	}
	return { vif: draft, messages };
}
