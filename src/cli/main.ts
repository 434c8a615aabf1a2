/** `ringside` as a process: its words, its streams, its signals, its exit code. */
import { main } from './command-line';
import { fileOutput, type Streams } from './output';

const streams: Streams = {
	stdout: fileOutput(1),
	stderr: fileOutput(2),
	onInterrupt(listener) {
		process.once('SIGINT', listener).once('SIGTERM', listener);
		return () => void process.off('SIGINT', listener).off('SIGTERM', listener);
	}
};

process.exitCode = await main(process.argv.slice(2), streams);
