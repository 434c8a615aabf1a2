// The site, ready to learn from: builds it, then serves it on loopback.
import { spawnSync } from 'node:child_process';

// Vite tells at length that the config's imports have no file extensions; TypeScript wants them so.
process.env.VITE_CONFIG_NATIVE_IGNORE_WARNING = 'true';
const port = process.env.PORT ?? '4173';
const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
const run = (...args) => {
	const { status } = spawnSync(npx, args, { stdio: 'inherit' });
	if (status !== 0) process.exit(status ?? 1);
};
console.log('Building Ringside (about half a minute) ...');
run('vite', 'build', '--logLevel', 'warn');
console.log(`\nRingside: http://127.0.0.1:${port}/   (Ctrl+C ends it)\n`);
run('vite', 'preview', '--host', '127.0.0.1', '--port', port);
