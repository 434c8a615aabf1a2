/** What `ringside --help` and `ringside COMMAND --help` say. */
import { DEFAULT_MEMORY_MIB, MEMORY_RANGE } from './arguments';
import { COST_CLASSES, DEFAULT_PROFILE_NAME, PROFILE_NAMES } from '../workbench/costs';
import { MOST_VCPUS } from '../workbench/scenario';
import { DEFAULT_PORT } from './gdb-arguments';

/** The names in lines as wide as the text around them. */
const COST_NAMES = COST_CLASSES.reduce(
	(text, name) =>
		text.length - text.lastIndexOf('\n') + name.length > 104 ? `${text}\n                  ${name}` : `${text} ${name}`,
	''
).trim();

const MACHINE_HELP = `\
  --profile NAME  whose cost table the machine has: ${PROFILE_NAMES.join(', ')}; ${DEFAULT_PROFILE_NAME} when left out
  --cost NAME=CYCLES  overrules a row of that table; may be given more than once. Rows:
                  ${COST_NAMES}`;

const ENGINE_HELP = `\
  --engine NAME   how code is run: interpreter, or wasm, which compiles hot code to WebAssembly; the history is the
                  same; interpreter when left out`;

/** @param guests names of the guests that come with the project */
export const runHelp = (guests: readonly string[]): string => `\
Usage: npm run -s ringside -- run IMAGE [--memory MiB] [--vcpus N] [--cmdline TEXT] [--type TEXT]
                                        [--dom0 IMAGE [--dom0-memory MiB] [--dom0-cmdline TEXT]]
                                        [--until TEXT] [--cycles N] [--trace FILE] [--save FILE]
                                        [--pcap FILE] [--inject FILE]
                                        [--disk FILE[,ro|,rw] ...] [--save-disk FILE[,hdX] ...]
                                        [--xl COMMAND ...]
                                        [--profile NAME] [--cost NAME=CYCLES ...] [--engine NAME]
       npm run -s ringside -- run --domain FILE.cfg [--domain FILE2.cfg ...] [--xl COMMAND ...] [--type TEXT]
                                        [options of the machine, as above]
       npm run -s ringside -- run --scenario FILE.json [--until TEXT] [--cycles N] [--trace FILE] [--save FILE]
                                        [--pcap FILE] [--save-disk FILE ...] [--engine NAME]

Boots IMAGE as a 32-bit PAE Xen PV guest and runs it until it ends, or until told to stop.
IMAGE is a path, or the name of one of our guests: ${guests.join(', ')}.
(A file with a guest's name: ./NAME.)

  --memory MiB    the guest's memory, ${MEMORY_RANGE.least} to ${MEMORY_RANGE.most}; ${DEFAULT_MEMORY_MIB} when left out
  --vcpus N       its virtual processors, 1 to ${MOST_VCPUS}, which share the machine's one; 1 when left out
  --cmdline TEXT  its kernel command line
  --type TEXT     typed on its console once it waits for input: \\n is Enter, also \\r \\t \\e \\\\
  --dom0 IMAGE    a kernel for domain 0, which then has the machine's devices; its console goes to standard
                  error, each line after '(d0) '. Without, nobody's kernel runs there
  --dom0-memory MiB  its memory; ${DEFAULT_MEMORY_MIB} when left out
  --dom0-cmdline TEXT  its kernel command line
  --until TEXT    stop when this text has appeared on its console
  --cycles N      stop when N virtual cycles have passed
${MACHINE_HELP}
${ENGINE_HELP}
  --trace FILE    write the trace: one JSON object a line (below)
  --save FILE     save the run with its trace: the page opens it, and 'trace FILE' reads it
  --pcap FILE     the machine has a network card (an NE2000 at port 0x300, irq 9), and what passes on its wire is
                  written to FILE, as tcpdump and Wireshark read it
  --inject FILE   the same card, and frames of a pcap come in on its wire: the first at the beginning, the others as
                  long after it, in virtual time, as they were captured
  --disk FILE     an IDE disk of the machine, hda first, up to four: for a domain 0 with a kernel, which serves them.
                  What is written to it is kept beside FILE, which stays as it is; ,ro refuses writes; ,rw makes FILE
                  in the end what the disk holds: whole, in one step, and not after a bug of ours
  --save-disk FILE  the same for another file, of hda or of the disk whose name follows: FILE,hdb
  --domain FILE   instead of IMAGE: a domain by its configuration file (xl.cfg), made by 'xl create FILE'; may be
                  given more than once. kernel="NAME" and ramdisk="NAME" are paths or names of our guests
  --scenario FILE  instead of all that: a whole scenario as JSON (src/workbench/scenario.ts says its fields): machine,
                  domain 0, domains, what is typed. Images are named by our guests' names, or by path from FILE
  --xl COMMAND    a command of xl ('list', 'destroy NAME', 'block-attach ...', 'xenstore-ls -f -p'; 'help' names all),
                  typed once those before have ended; may be given more than once
  --help          this text

Numbers may be written 1000, 1_000, 1e3 or 0x3e8. Options may be written --name VALUE or --name=VALUE.

Standard output is the guest's console (the PV ring and console_io), byte for byte, and nothing else. With --domain or
--scenario it is what xl prints, and the lines of each domain's console after '(d1) ', '(d2) '.
Standard error is a short summary. Ctrl-C ends the run with its summary and trace; nothing is read from
standard input.

The guest waits for input when all that was typed has been read and either its virtual processors have been
blocked and its console silent for 2 virtual milliseconds, or it has written something and its console has
then been silent for 50 (it polls).

Exit code
    0  the text of --until has appeared, or the domain powered off (or otherwise shut itself down in order)
    1  it crashed, or domain 0 ended before it: what, where and its registers are on standard error
    2  the cycles have passed, or nothing can ever happen any more
   64  bad usage, or IMAGE cannot be loaded; the reason is on standard error
   70  a bug of ours, with the state that shows it
   74  a disk could not be written to its file in the end
  130  Ctrl-C;  141  standard output was closed

Trace: every line has seq, cycle, icount, dom, vcpu, ring, kind and cause (seq of the event that led to
it, or -1); times are virtual cycles. By kind:
    hypercall    name, op (number or null), op_name, args (five numbers), result, end (seq of the last
                 event inside), cycles; subcall is the same for an entry of a multicall
    page_fault   eip, addr, error, from_ring
    trap         vector, vector_name, error, from_ring, to_ring, eip, esp, new_eip, new_esp
    event_send   port, remote_dom, remote_port
    upcall       handler_cs, handler_eip, frame_esp, guest_eip, from_ring
    iret         eip, to_ring, esp, eflags, upcall_mask
    sched_switch prev_dom, prev_vcpu, next_dom, next_vcpu
    check        check, question, passed, a, b, site (the place in our source that asked)
All other kinds carry their arguments by the names of src/trace/events/catalogue.ts.
`;

/** @param guests names of the guests that come with the project */
export const xlHelp = (guests: readonly string[]): string => `\
Usage: npm run -s ringside -- xl [FILE.cfg ...] [--domain FILE.cfg ...] [--dom0 IMAGE ...] [--disk FILE ...]
                                 [options of the machine, as for run]
       npm run -s ringside -- xl --scenario FILE.json [--save FILE] [--trace FILE] [--save-disk FILE ...]

A machine whose xl is at your hands: each line of standard input is a command of xl ('create FILE.cfg', 'list', 'console
NAME', 'destroy NAME'; 'help' names all), carried out while the domains go on. The files that 'create' may name stand
on the command line; those behind --domain are created at once. kernel="NAME" in them is a path or one of our guests:
${guests.join(', ')}.

  console NAME    what is typed goes to that domain, and what it says is shown as it is, until ^] (Ctrl and ]); on
                  a terminal each key at once
  ^D              ends the run with its summary, once what was typed has been done; ^C at once

At a terminal the machine's time does not run ahead of yours; from a pipe or a file it takes no time to wait. What is typed is part of the
run, moment by moment: --save FILE keeps it, and 'trace FILE --verify' makes the same run again.

Standard output is what xl prints, and the lines of each domain's console after '(d1) ', '(d2) '. The other options, and
the exit codes, are those of run --help; 1 also where the last command failed.
`;

/** @param guests names of the guests that come with the project */
export const gdbHelp = (guests: readonly string[]): string => `\
Usage: npm run -s ringside -- gdb IMAGE [--memory MiB] [--vcpus N] [--cmdline TEXT] [--type TEXT]
                                        [--image IMAGE2 [--memory MiB] ...] [--port N]
                                        [--profile NAME] [--cost NAME=CYCLES ...] [--engine NAME]

Boots IMAGE as a 32-bit PAE Xen PV guest, stands before its first instruction, and serves GDB's remote
protocol on 127.0.0.1 until Ctrl-C. In GDB: target remote 127.0.0.1:${DEFAULT_PORT}
IMAGE is a path, or the name of one of our guests: ${guests.join(', ')}.

  --image IMAGE2  one more domain; up to 8 in all. --memory, --vcpus, --cmdline and --type are for the
                  image before them
  --memory MiB    the guest's memory, ${MEMORY_RANGE.least} to ${MEMORY_RANGE.most}; ${DEFAULT_MEMORY_MIB} when left out
  --vcpus N       its virtual processors, 1 to ${MOST_VCPUS}; 1 when left out
  --cmdline TEXT  its kernel command line
  --type TEXT     typed on its console once it waits for input: \\n is Enter, also \\r \\t \\e \\\\
${MACHINE_HELP}
${ENGINE_HELP}
  --port N        the TCP port; ${DEFAULT_PORT} when left out, 0 chooses a free one
  --help          this text

Time goes both ways: reverse-continue, reverse-stepi, reverse-step, reverse-next and reverse-finish work from
the first connection on, without 'record'. Threads are the vcpus of all domains: thread 101 is vcpu 0 of
domain 1. 'watch' finds every write, also the hypervisor's. Setting a register or memory changes the past:
the run goes on as another timeline, and the old future is kept. 'monitor help' lists what only Ringside
can tell: hypercalls, events, page walks, physical memory.

Standard output has one line, with the address, once the server listens.

Exit code
    0  Ctrl-C
   64  bad usage, an IMAGE that cannot be loaded, or a port that is taken; the reason is on standard error
   70  a bug of ours
`;

export const generalHelp = `\
Usage: npm run -s ringside -- COMMAND

  run IMAGE   boots a guest and shows its console;  run --help says everything
  xl          a machine whose domains you make and govern by commands;  xl --help says everything
  gdb IMAGE   serves GDB's remote protocol, in both directions of time;  gdb --help says everything
  trace FILE  what a saved run or a trace holds, and the same for other programs;  trace --help says everything
  help        this text
`;
