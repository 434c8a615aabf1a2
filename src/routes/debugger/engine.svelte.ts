/** How the debugger's next machine runs its code: one setting, remembered. */
import { ENGINES, type EngineName } from '../../workbench/engines';
import { load, save } from '../shell/stored';

/** What each is called on the page. */
export const ENGINE_TITLES: Readonly<Record<EngineName, string>> = {
	interpreter: 'interpreter',
	wasm: 'WebAssembly'
};

const KEY = 'engine';

class EngineSetting {
	name: EngineName = $state('interpreter');

	/** What was chosen on an earlier visit. Call in the browser. */
	restore(): void {
		const kept = load<string>(KEY, '');
		this.name = ENGINES.find((each) => each === kept) ?? 'interpreter';
	}

	choose(name: EngineName): void {
		this.name = name;
		save(KEY, name);
	}
}

export const engine = new EngineSetting();
