/** What `ringside --help` and `ringside run --help` say. */
import { DEFAULT_MEMORY_MIB, MEMORY_RANGE } from './arguments';

/** @param guests names of the guests that come with the project */
export const runHelp = (guests: readonly string[]): string => `\
Usage: npm run -s ringside -- run IMAGE [--memory MiB] [--cmdline TEXT] [--type TEXT]
                                        [--until TEXT] [--cycles N] [--trace FILE]

Boots IMAGE as a 32-bit PAE Xen PV guest and runs it until it ends, or until told to stop.
IMAGE is a path, or the name of one of our guests: ${guests.join(', ')}.
(A file with a guest's name: ./NAME.)

  --memory MiB    the guest's memory, ${MEMORY_RANGE.least} to ${MEMORY_RANGE.most}; ${DEFAULT_MEMORY_MIB} when left out
  --cmdline TEXT  its kernel command line
  --type TEXT     typed on its console once it waits for input: \\n is Enter, also \\r \\t \\e \\\\
  --until TEXT    stop when this text has appeared on its console
  --cycles N      stop when N virtual cycles have passed
  --trace FILE    write the trace: one JSON object a line (below)
  --help          this text

Numbers may be written 1000, 1_000, 1e3 or 0x3e8. Options may be written --name VALUE or --name=VALUE.

Standard output is the guest's console (the PV ring and console_io), byte for byte, and nothing else.
Standard error is a short summary. Ctrl-C ends the run with its summary and trace; nothing is read from
standard input.

The guest waits for input when all that was typed has been read and either its virtual processor has been
blocked and its console silent for 2 virtual milliseconds, or it has written something and its console has
then been silent for 50 (it polls).

Exit code
    0  the text of --until has appeared, or the domain powered off (or otherwise shut itself down in order)
    1  it crashed: what, where and its registers are on standard error
    2  the cycles have passed, or nothing can ever happen any more
   64  bad usage, or IMAGE cannot be loaded; the reason is on standard error
   70  a bug of ours, with the state that shows it
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

export const generalHelp = `\
Usage: npm run -s ringside -- COMMAND

  run IMAGE   boots a guest and shows its console;  run --help says everything
  help        this text
`;
