import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** State of a machine belongs to it: two of them run side by side, and one may run while another waits for a device. */
const ownState = [
	[':matches(Program, ExportNamedDeclaration) > VariableDeclaration[kind="let"]', 'a variable'],
	[
		':matches(Program, ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator > NewExpression[callee.name!=/^(Map|Set)$/]',
		'an object'
	],
	[
		':matches(Program, ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator[id.name=/^[a-z]/] > :matches(ObjectExpression, ArrayExpression, NewExpression[callee.name=/^(Map|Set)$/])',
		'an object'
	]
].map(([selector, what]) => ({
	selector,
	message: `Here ${what} is shared by all machines: make it a field of the processor or device whose state it is (tables have names in capitals).`
}));

/** Which language's digits a number is written with is said in one place. */
const message = 'Numbers for people are written by src/words/numbers.ts.';
const written = ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'].map((property) => ({
	property,
	message
}));

/** Text that comes from guests, files and addresses must never become markup. */
const asMarkup = [
	...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'srcdoc', 'createContextualFragment', 'setHTMLUnsafe'].map(
		(property) => ({ property })
	),
	{ object: 'document', property: 'write' }
].map((each) => ({ ...each, message: 'Text is never markup: let Svelte write it, or set textContent.' }));

const oneLanguage = {
	'no-restricted-properties': ['error', ...written, ...asMarkup],
	'no-restricted-globals': ['error', { name: 'Intl', message }]
};

/**
 * What a number counts is said by its name (mfn, pfn, dom, port, cycles), not by a type of its own: frames come from registers, from typed
 * arrays and from guests, where nothing vouches for them, so such a type would be a claim that only casts make.
 */
const plainNumbers = {
	'no-restricted-syntax': [
		'error',
		{
			selector: 'TSIntersectionType > TSNumberKeyword',
			message: 'No branded numbers: a name says what a number counts (src/base/README.md).'
		}
	]
};

export default ts.config(
	{ ignores: ['build/', '.svelte-kit/', '.cache/', 'node_modules/', 'test-results/', 'playwright-report/'] },
	js.configs.recommended,
	...ts.configs.recommended,
	...svelte.configs.recommended,
	prettier,
	...svelte.configs.prettier,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		rules: {
			'no-undef': 'off',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
			'@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
			// What the compiler warns of differs between its two modes; svelte-check is the judge.
			'svelte/no-unused-svelte-ignore': 'off',
			// Most maps and sets here are plain indexes, read through state that is reactive.
			'svelte/prefer-svelte-reactivity': 'off',
			eqeqeq: 'error',
			'no-eval': 'error',
			'no-implied-eval': 'error',
			'no-new-func': 'error',
			'svelte/no-at-html-tags': 'error',
			...oneLanguage,
			...plainNumbers
		}
	},
	{
		files: ['src/hardware/**/*.ts'],
		ignores: ['**/*.test.ts', '**/testing.ts', 'src/hardware/engines/oracle/**'],
		rules: { 'no-restricted-syntax': ['error', ...ownState] }
	},
	{
		files: ['src/words/**'],
		rules: { 'no-restricted-properties': ['error', ...asMarkup], 'no-restricted-globals': 'off' }
	},
	// A kind of event and its words bear their names, which the compiler holds against the rows.
	{ files: ['src/trace/events/{catalogue,words}.ts'], rules: { 'no-restricted-syntax': 'off' } },
	{
		// With types: a promise that nobody waits for loses its error, and an assertion of what is known hides what is not.
		files: ['**/*.ts', '**/*.svelte'],
		languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
		rules: {
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/no-misused-promises': 'error',
			'@typescript-eslint/await-thenable': 'error',
			'@typescript-eslint/return-await': 'error',
			'@typescript-eslint/no-unnecessary-type-assertion': 'error'
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: {
			parserOptions: { projectService: true, extraFileExtensions: ['.svelte'], parser: ts.parser, svelteConfig }
		},
		rules: { 'svelte/no-navigation-without-resolve': 'off' }
	}
);
