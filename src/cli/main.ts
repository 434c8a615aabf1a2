/** `ringside` as a process: its words, its streams, its signals, its exit code. */
import { main } from './command-line';
import { fileOutput, type Input, type Streams } from './output';

const stdin: Input = {
	terminal: process.stdin.isTTY,
	listen(onText, onEnd) {
		const { stdin } = process;
		stdin.setEncoding('latin1').on('data', onText).on('end', onEnd).resume();
		return () => void stdin.off('data', onText).off('end', onEnd).pause();
	},
	keys: (each) => void (process.stdin.isTTY && process.stdin.setRawMode(each))
};

const streams: Streams = {
	stdin,
	stdout: fileOutput(1),
	stderr: fileOutput(2),
	onInterrupt(listener) {
		process.once('SIGINT', listener).once('SIGTERM', listener);
		return () => void process.off('SIGINT', listener).off('SIGTERM', listener);
	}
};

process.exitCode = await main(process.argv.slice(2), streams);
