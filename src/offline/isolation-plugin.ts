/** Vite's own servers, for work on the site and for the built one, send the headers of `isolation.ts` with everything. */
import type { Plugin, ViteDevServer } from 'vite';
import { ISOLATION } from './isolation';

const send = ({ middlewares }: Pick<ViteDevServer, 'middlewares'>): void => {
	middlewares.use((_request, response, next) => {
		for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value);
		next();
	});
};

export const isolationHeaders = (): Plugin => ({
	name: 'ringside-isolation',
	configureServer: send,
	configurePreviewServer: send
});
