/** Commands that tell of domains. Columns as in xl 4.17.7. */
import type { DomainRow } from '../../table';
import { column, done, Refusal, type Answer, type Commands, type Words, type XlContext } from '../command';
import { rowOf } from '../domains';
import { longList } from './long-list';

const LIST = 'Name                                        ID   Mem VCPUs\tState\tTime(s)';
const LIST_MORE = '   UUID                            Reason-Code\tSecurity Label';
const VCPUS = 'Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)';
const UPTIME = 'Name                                ID Uptime';

const lines = (...all: string[]): Answer => done(all.map((line) => `${line}\n`).join(''));

/** The domains named, or all. */
const chosen = (context: XlContext, words: readonly string[]): DomainRow[] =>
	words.length > 0 ? words.map((name) => rowOf(context, name)) : context.stack.table();

const onlineVcpus = ({ vcpus }: DomainRow): number => vcpus.filter(({ online }) => online).length;

const listRow = (row: DomainRow): string =>
	`${column(row.name, -40)} ${column(row.dom, 5)} ${column(Math.floor(row.memoryKiB / 1024), 5)} ${column(onlineVcpus(row), 5)}     ${row.state}  ${column(row.cpuSeconds.toFixed(1), 8)}`;

const moreOf = ({ uuid, shutdown }: DomainRow): string => ` ${uuid}${column(shutdown ?? '-', 9)}${column('-', 17)}`;

function list(context: XlContext, { options, words }: Words): Answer {
	const rows = chosen(context, words);
	if (options.has('l')) return done(longList(context, rows));
	const verbose = options.has('v');
	return lines(
		verbose ? LIST + LIST_MORE : LIST,
		...rows.map((row) => (verbose ? listRow(row) + moreOf(row) : listRow(row)))
	);
}

const vcpuRows = ({ name, dom, vcpus }: DomainRow): string[] =>
	vcpus.map(({ id, online, running, blocked, seconds }) => {
		const state = online ? `${running ? 'r' : '-'}${blocked ? 'b' : '-'}-` : '--p';
		return `${column(name, -32)} ${column(dom, 5)} ${column(id, 5)}${column(online ? 0 : '-', 5)}   ${state} ${column(seconds.toFixed(1), 9)}  all / all`;
	});

function uptime(seconds: number): string {
	const two = (value: number): string => String(value).padStart(2, '0');
	const whole = Math.floor(seconds);
	const days = Math.floor(whole / 86400);
	const clock = `${Math.floor(whole / 3600) % 24}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
	return days > 0 ? `${days} day${days > 1 ? 's' : ''}, ${clock}` : clock;
}

export const LIST_COMMANDS: Commands = {
	list: { usage: '[-l] [-v] [DOMAIN ...]', options: 'lv', run: list },
	'vcpu-list': {
		usage: '[DOMAIN ...]',
		run: (context, { words }) => lines(VCPUS, ...chosen(context, words).flatMap(vcpuRows))
	},
	uptime: {
		usage: '[DOMAIN ...]',
		run: (context, { words }) =>
			lines(
				UPTIME,
				...chosen(context, words).map(
					({ name, dom, upSeconds }) => `${column(name, -32)} ${column(dom, 5)}  ${uptime(upSeconds)}`
				)
			)
	},
	domid: {
		usage: 'NAME',
		least: 1,
		run: ({ stack }, { words: [name] }) => {
			const row = stack.table().find((row) => row.name === name);
			if (!row) throw new Refusal(`Can't get domid of domain name '${name}', maybe this domain does not exist.\n`);
			return lines(String(row.dom));
		}
	},
	domname: {
		usage: 'ID',
		least: 1,
		run: ({ stack }, { words: [id] }) => {
			if (!/^\d+$/.test(id)) throw new Refusal('Invalid domain id.\n\n');
			const row = stack.table().find((row) => String(row.dom) === id);
			if (!row) throw new Refusal(`Can't get domain name of domain id '${id}', maybe this domain does not exist.\n`);
			return lines(row.name);
		}
	}
};
