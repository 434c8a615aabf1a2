/** Markdown with components, which the build makes a component of. */
declare module '*.md' {
	import type { Component } from 'svelte';
	const component: Component;
	export default component;
}
