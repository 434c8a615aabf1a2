/**
 * What the real GDB is made to do in tests: a script a row, which begins at the first instruction, and what GDB says, in this order. `section`
 * keeps what a stretch of the script says, to be compared.
 */
import { GRUB, lineOf } from '../workbench/testing';

/** A script and what is expected of it. */
export interface Row {
	what: string;
	script: string[];
	/** Each after the one before it. */
	says?: (string | RegExp)[];
	/** Sections that must be equal, two and two. */
	equal?: [string, string][];
}

/** A server and the scripts that run on it. */
export interface Scene {
	/** After `ringside gdb`. */
	words: string[];
	rows: Row[];
}

/** Puts marks around what `commands` say. */
const section = (name: string, ...commands: string[]): string[] => [
	`echo <${name}>\\n`,
	...commands,
	`echo </${name}>\\n`
];

/** `count` single steps, each of which shows the registers that it leads to. */
const steps = (command: string, name: string, from: number, by: number, count: number): string[] =>
	Array.from({ length: count }, (_, n) => [command, ...section(`${name} ${from + by * n}`, 'info registers')]).flat();

/** Forward over writes, back over them all, and turning round right after and right before some: what is asked, and how often. */
const OVER_WRITES = [
	['on', 'continue', 11],
	['back', 'reverse-continue', 11],
	['again', 'continue', 3],
	['round', 'reverse-continue', 2],
	['once more', 'continue', 2]
] as const;

/** Goes over writes to the `words` words at $at; after each stop, where it is and what they hold. */
const overWrites = (name: string, words: number): string[] => [
	`eval "watch *(int(*)[${words}])%d", $at`,
	...OVER_WRITES.flatMap(([way, command, count]) =>
		Array.from({ length: count }, (_, n) => [
			command,
			...section(`${name} ${way} ${n}`, 'info registers eip', `x/${words}xw $at`)
		]).flat()
	)
];

const BEGINNING = 'No more reverse-execution history.';

export const pocket: Scene = {
	words: ['pocket', '--cmdline', 'run=fork'],
	rows: [
		{
			what: 'stops at a function, knows its frames, and the registers that only ring 0 sees',
			script: ['break kernel_main', 'continue', 'backtrace', 'info registers', 'info threads', 'x/2i $pc'],
			says: [
				/^Breakpoint 1, kernel_main /,
				/^#1 .* in start \(\) at src\/guests\/pocket\/head\.S:15/,
				/^eip +0xc000[0-9a-f]{4} +0xc000[0-9a-f]{4} <kernel_main>/,
				/^eflags +0x202 +\[ IF \]/,
				/^cs +0xe019/,
				/^cr0 +0x8005003f +\[ PE MP EM TS ET NE WP AM PG \]/,
				/^cr3 +0x[1-9a-f]/,
				/^upcall_mask +0x1/,
				/^\* 1 +Thread 101 \(d1v0 pocket: running\) +kernel_main/,
				/^=> .*<kernel_main>:\tpush/
			]
		},
		{
			what: 'steps by line, over a call, out of a function, and by instruction',
			script: ['tbreak kernel_main', 'continue', 'stepi', 'step', 'next', 'step', 'finish', 'next', 'info line'],
			says: [
				/^Temporary breakpoint 1, kernel_main/,
				'start_info = info;',
				'traps_init();',
				/^traps_init \(\) at src\/guests\/pocket\/kernel\/trap\.c/,
				new RegExp(`^kernel_main .*main\\.c:${lineOf('pocket/kernel/main.c', 'events_init();')}`),
				'console_init();',
				/^Line \d+ of "src\/guests\/pocket\/kernel\/main\.c"/
			]
		},
		{
			what: 'stops where a condition holds, and shows text and variables',
			script: [
				'tbreak console_write if length == 21',
				'continue',
				'x/s text',
				'print length',
				'print start_info->nr_pages',
				'print/x *start_info@1',
				'print sizeof(struct process)',
				'up',
				'info frame'
			],
			says: [
				/^Temporary breakpoint 1, console_write /,
				'"fork: child 2 sees 1\\n"',
				'$1 = 21',
				'$2 = 16384',
				'nr_pages = 0x4000',
				/^\$4 = \d+/,
				/^#1 .*file_write/,
				'called by frame'
			]
		},
		{
			what: 'watches a variable, forward and back',
			script: [
				'watch start_info',
				'continue',
				'break process_start',
				'continue',
				...section('after', 'print start_info'),
				'reverse-continue',
				'x/i $pc',
				'print start_info',
				'continue',
				...section('again', 'print start_info')
			],
			says: [
				'Hardware watchpoint 1: start_info',
				'Old value = (const struct start_info *) 0x0',
				'New value = (const struct start_info *) 0xc00',
				/^Breakpoint 2, process_start/,
				'Hardware watchpoint 1: start_info',
				'Old value = (const struct start_info *) 0xc00',
				'New value = (const struct start_info *) 0x0',
				/^=> .*<kernel_main\+\d+>:\tmov/,
				'= (const struct start_info *) 0x0',
				'New value = (const struct start_info *) 0xc00'
			]
		},
		{
			what: 'stops at the same writes as where GDB itself compares after every single step, both ways',
			script: [
				'tbreak process_start',
				'continue',
				'set $at = $esp - 76',
				...overWrites('told', 19),
				'delete',
				'monitor goto 0',
				'maintenance flush register-cache',
				'maintenance flush dcache',
				'tbreak process_start',
				'continue',
				'set can-use-hw-watchpoints 0',
				...overWrites('compared', 19)
			],
			says: [
				/^Temporary breakpoint 1, process_start/,
				/^Hardware watchpoint 2/,
				/^Temporary breakpoint 3, process_start/,
				/^Watchpoint 4/
			],
			equal: OVER_WRITES.flatMap(([way, , count]) =>
				Array.from({ length: count }, (_, n): [string, string] => [`told ${way} ${n}`, `compared ${way} ${n}`])
			)
		},
		{
			what: 'finds what the hypervisor writes',
			script: [
				'break time_init',
				'continue',
				'delete',
				'watch shared_info.vcpu_info[0].time.version',
				'continue',
				'info threads',
				'reverse-continue',
				'reverse-continue',
				'continue'
			],
			says: [
				/^Breakpoint 1, time_init/,
				'Touched by the hypervisor.',
				'Hardware watchpoint 2: shared_info',
				'Touched by the hypervisor.',
				'Hardware watchpoint 2: shared_info'
			]
		},
		{
			what: 'finds who has read a variable, and any access to it',
			script: ['rwatch start_info', 'continue', 'delete', 'awatch start_info', 'continue', 'reverse-continue'],
			says: [
				'Hardware read watchpoint 1: start_info',
				'Value = (const struct start_info *) 0xc00',
				/in events_init \(\) at/,
				'Hardware access (read/write) watchpoint 2: start_info',
				'Value = (const struct start_info *) 0xc00'
			]
		},
		{
			what: 'goes back to where it was: break, on, back',
			script: [
				'break process_start',
				'hbreak console_write',
				'continue',
				'continue',
				...section('there', 'info registers', 'backtrace', 'x/8xw $esp'),
				'continue',
				'reverse-continue',
				...section('there again', 'info registers', 'backtrace', 'x/8xw $esp'),
				'reverse-continue',
				'reverse-continue'
			],
			says: [
				/^Breakpoint 2, console_write/,
				/^Breakpoint 1, process_start/,
				/^Breakpoint 2, console_write/,
				/^Breakpoint 1, process_start/,
				/^Breakpoint 2, console_write/,
				BEGINNING,
				/^start \(\) at src\/guests\/pocket\/head\.S/
			],
			equal: [['there', 'there again']]
		},
		{
			what: 'undoes lines and calls',
			script: [
				'break process_start',
				'continue',
				...section('inside', 'info registers'),
				'reverse-finish',
				'x/i $pc',
				'stepi',
				...section('inside again', 'info registers'),
				'reverse-step',
				'finish',
				'reverse-next',
				'info line'
			],
			says: [
				/^Breakpoint 1, process_start/,
				/in kernel_main \(.*main\.c/,
				/^=> .*<kernel_main\+\d+>:\tcall .*<process_start>/,
				/^Breakpoint 1, process_start/,
				/^kernel_main |main\.c/
			],
			equal: [['inside', 'inside again']]
		},
		{
			what: 'steps back through a hypercall exactly as it came',
			script: [
				'break console_write',
				'continue',
				'delete',
				'break event_send',
				'continue',
				...section('f 0', 'info registers'),
				...steps('stepi', 'f', 1, 1, 24),
				...steps('reverse-stepi', 'b', 23, -1, 24)
			],
			says: [/^Breakpoint 2, event_send/, 'in hypercall_page ()', 'in hypercall_page ()'],
			equal: Array.from({ length: 24 }, (_, n) => [`f ${n}`, `b ${n}`])
		},
		{
			what: 'steps back through page faults and system calls of a program',
			script: [
				'break program_fork',
				'continue',
				...section('f 0', 'info registers'),
				...steps('stepi 7', 'f', 1, 1, 20),
				...steps('reverse-stepi 7', 'b', 19, -1, 20)
			],
			says: [/^Breakpoint 1, .*program_fork/, /^cs +0xe02b/, /^cs +0xe019/],
			equal: Array.from({ length: 20 }, (_, n) => [`f ${n}`, `b ${n}`])
		},
		{
			what: 'shows the hypervisor\u2019s own instructions when told to',
			script: [
				'break sched_op',
				'tbreak event_send',
				'continue',
				'monitor stepping machine',
				...steps('stepi', 'f', 1, 1, 24),
				'monitor stepping',
				...steps('reverse-stepi', 'b', 23, -1, 23),
				'monitor stepping guest'
			],
			says: [
				'Temporary breakpoint 2, event_send',
				/^stepi goes by single instructions of the machine/,
				/^eip +0xff000208 +0xff000208/,
				/^cs +0xe008/,
				/^cs +0xe019/,
				/^stepi goes by single instructions of the machine/,
				/^cs +0xe008/,
				/^stepi goes by instructions of the guest/
			],
			equal: Array.from({ length: 23 }, (_, n) => [`f ${n + 1}`, `b ${n + 1}`])
		},
		{
			what: 'says at both ends that there is no more, and why',
			script: [
				'continue',
				'monitor domains',
				'continue',
				'reverse-stepi',
				'stepi',
				'reverse-continue',
				'reverse-stepi'
			],
			says: [
				'All domains have ended.',
				BEGINNING,
				'thread 101: d1v0 pocket: shut down (poweroff)',
				BEGINNING,
				BEGINNING,
				'start () at src/guests/pocket/head.S',
				BEGINNING
			]
		},
		{
			what: 'tells what only the hypervisor knows',
			script: [
				'monitor stop hypercall name=mmu_update',
				'continue',
				'monitor hypercalls 1',
				'continue',
				'reverse-continue',
				'monitor events hypercall name=mmu_update #2',
				'monitor walk 0xc0001000',
				'monitor phys 0 16',
				'eval "monitor who %p", &start_info',
				'monitor who eax',
				'monitor who ring 1 console out_prod',
				'monitor console',
				'monitor moment',
				'monitor nonsense'
			],
			says: [
				/^1: continue and reverse-continue stop at hypercall name=mmu_update/,
				/^Stopped at event \(hypercall name=mmu_update\)/,
				/Hypercall mmu_update\(/,
				/^Stopped at event/,
				/^Stopped at event/,
				/Hypercall mmu_update\(/,
				/^ {2}level 3: table in frame 0x/,
				/^ {2}physical 0x[0-9a-f]+, frame 0x[0-9a-f]+, page 0x1 of dom1/,
				/^0x00000000 /,
				/last changed at instruction [\d,]+ by .*It was .* and became/,
				/[Ee]ax.* last changed at instruction [\d,]+ by/,
				/last changed at instruction [\d,]+ by/,
				'pocket: up, in ring 1 of xen-3.0-x86_32p; run=fork',
				/^icount \d+, cycle \d+, \d+ events recorded, \d+ more are known of the future/,
				"there is no command 'nonsense'"
			]
		},
		{
			what: 'reads what is not mapped as an error, and physical memory on request',
			script: [
				'maintenance packet Qqemu.PhyMemMode:1',
				'print *(int*)0x1000',
				'maintenance packet Qqemu.PhyMemMode:0',
				'maintenance flush dcache',
				'print *(int*)0x1000'
			],
			says: ['received: "OK"', /^\$1 = /, 'received: "OK"', 'Cannot access memory at address 0x1000']
		},
		{
			what: 'changes the past: what follows is another history',
			script: [
				'break console_write',
				'continue',
				"set var *(char*)text = 'P'",
				'print *(char*)text',
				'set var $ebx = 0x1234',
				'print/x $ebx',
				'stepi',
				'print/x $ebx',
				'reverse-stepi',
				'print *(char*)text',
				'delete',
				'continue',
				'monitor console'
			],
			says: ["$1 = 80 'P'", '$2 = 0x1234', '$3 = 0x1234', "$4 = 80 'P'", BEGINNING, 'Pocket: up, in ring 1']
		}
	]
};

export const two: Scene = {
	words: ['pocket', '--cmdline', 'run=pipes', '--image', 'pocket', '--cmdline=run=fork', '--memory=16'],
	rows: [
		{
			what: 'are two threads, each with its own registers and memory',
			script: [
				'tbreak console_write if length == 21',
				'continue',
				'info threads',
				'thread 1',
				'print start_info->nr_pages',
				'info registers gdtr_base',
				'backtrace 1',
				'thread 2',
				'print start_info->nr_pages',
				'info registers gdtr_base',
				'x/s text',
				'monitor domains'
			],
			says: [
				'[Switching to Thread 201]',
				/^Thread 2 hit Temporary breakpoint 1, console_write/,
				/^ {2}1 +Thread 101 \(d1v0 pocket: (runnable|blocked)\)/,
				/^\* 2 +Thread 201 \(d2v0 pocket: running\) +console_write/,
				'$1 = 16384',
				/^gdtr_base +<unavailable>/,
				/^#0 /,
				'$2 = 4096',
				/^gdtr_base +0xfc000000/,
				'"fork: child 2 sees 1\\n"',
				'domain 1: pocket, 16384 pages',
				'domain 2: pocket, 4096 pages'
			]
		},
		{
			what: 'can be stopped one by one, forward and back',
			script: [
				'monitor scope 2',
				'break process_start',
				'continue',
				'continue',
				'reverse-continue',
				...section('there', 'info registers'),
				'monitor scope all',
				'reverse-continue',
				'continue',
				...section('there again', 'info registers')
			],
			says: [
				'Breakpoints stop domain 2 only.',
				/^Thread 2 hit Breakpoint 1, process_start/,
				'All domains have ended.',
				/^Thread 2 hit Breakpoint 1, process_start/,
				/^Thread 1 hit Breakpoint 1, process_start/,
				/^Thread 2 hit Breakpoint 1, process_start/
			],
			equal: [['there', 'there again']]
		},
		{
			what: 'are stepped each for itself, also while the other one has the processor',
			script: [
				'monitor scope 2',
				'break wait_for_reader',
				'continue',
				'delete',
				...section('f 0', 'info registers'),
				...steps('stepi 3', 'f', 1, 1, 20),
				...steps('reverse-stepi 3', 'b', 19, -1, 20)
			],
			says: [/^Thread 2 hit Breakpoint 1.*wait_for_reader/, 'event_entry ()'],
			equal: Array.from({ length: 20 }, (_, n) => [`f ${n}`, `b ${n}`])
		},
		{
			what: 'are watched one by one, though their variables lie at the same address',
			script: ['watch start_info', 'continue', 'continue', 'reverse-continue', 'reverse-continue'],
			says: [
				/^Thread 1 hit Hardware watchpoint 1: start_info/,
				/^New value = .* 0xc0/,
				'All domains have ended.',
				/^Thread 1 hit Hardware watchpoint 1: start_info/,
				/^New value = .* 0x0/,
				BEGINNING
			]
		}
	]
};

export const echo: Scene = {
	words: ['pocket', '--cmdline', 'run=echo'],
	rows: [
		{
			what: 'is typed to, and again to another effect; both futures are kept',
			script: [
				'continue',
				'monitor type 1 hello\\nbye\\n',
				'continue',
				'monitor console',
				'reverse-continue',
				'monitor type 1 other\\nbye\\n',
				'continue',
				'monitor console',
				'monitor timelines',
				'monitor timeline 0',
				'maintenance flush register-cache',
				'continue',
				'monitor console'
			],
			says: [
				'All domains wait, and nothing is due that could ever wake one.',
				BEGINNING,
				/^Typed on the console of domain 1/,
				'All domains have ended.',
				'! hello',
				'start () at',
				'All domains have ended.',
				'! other',
				/^ {2}0 {2}from the beginning/,
				/^\* 1 {2}parts from 0 at icount \d+: "other\\nbye\\n" is typed on the console of dom1/,
				/^Now at icount/,
				'All domains have ended.',
				'! hello'
			]
		}
	]
};

export const grub: Scene = {
	words: [GRUB],
	rows: [
		{
			what: 'without symbols: by address, by instruction, by event',
			script: [
				'x/3i $pc',
				'monitor stop hypercall name=mmu_update|event_channel_op',
				'continue',
				'info threads',
				...section('there', 'info registers', 'x/4i $pc', 'x/8xw $esp'),
				'reverse-stepi 50',
				'stepi 50',
				...section('there again', 'info registers', 'x/4i $pc', 'x/8xw $esp'),
				'continue',
				'reverse-continue',
				...section('and again', 'info registers', 'x/4i $pc', 'x/8xw $esp'),
				'monitor nostop 1',
				'reverse-continue'
			],
			says: [/^=> 0x/, /^Stopped at event/, /^\* 1 +Thread 101/, /^Stopped at event/, /^Stopped at event/, BEGINNING],
			equal: [
				['there', 'there again'],
				['there', 'and again']
			]
		}
	]
};
