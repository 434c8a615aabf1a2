import type { ScenarioInput } from '$src/workbench/scenario';

/** A rule for who sends: in nobody's name but its own. */
const OWN_NAME = { 'rules/0': 'tx match ip.src != 10.0.0.1 drop' };

/** dom1 sends to dom2, which has packets copied, and to dom3, which takes over pages; and to all, by the card of the machine too. */
export const scenario: ScenarioInput = {
	name: 'a packet’s journey',
	machine: { network: { cards: 1 } },
	dom0: { image: 'pocket-io', memoryMiB: 8, cmdline: 'run=serve' },
	domains: [
		{
			name: 'sender',
			image: 'pocket-io',
			memoryMiB: 8,
			cmdline:
				'run=post 10.0.0.2 1 10.0.0.3 1 10.0.0.2 1 10.0.0.2 18 10.0.0.3 18 10.0.0.2 1472 10.0.0.3 1472 10.0.0.255 1472',
			vifs: [{ keys: OWN_NAME }]
		},
		{ name: 'copies', image: 'pocket-io', memoryMiB: 8, cmdline: 'run=post take', vifs: [{}] },
		{
			name: 'flips',
			image: 'pocket-io',
			memoryMiB: 8,
			cmdline: 'run=post take receive=flip',
			vifs: [{ keys: { 'rx-flip': '1' } }]
		}
	]
};
