/** What `ringside trace --help` says. */
export const traceHelp = `\
Usage: npm run -s ringside -- trace FILE [--filter QUERY] [--jsonl] [--limit N] [--timeline N]
                                         [--perfetto OUT] [--xentrace OUT] [--hz N] [--verify]

Says what FILE holds: a run saved by Ringside ('run IMAGE --save FILE', or from the page), JSON lines of a trace
('run IMAGE --trace FILE'), or what Xen's own xentrace wrote. Its contents tell which it is, not its name.

Without options: a summary, with how often each kind of event comes.

  --filter QUERY  lists the events that QUERY names, one a line: number, cycle, domain/vcpu, kind, meaning.
                  As in the debugger: 'hypercall name=mmu_update refused', 'page_fault dom=1', 'any ring=3'
  --jsonl         lists them as JSON, one object a line ('run --help' says what is in it); all of them
                  without --filter
  --limit N       at most N of them
  --timeline N    of a run with several futures that one; the one on which it stood when left out
  --perfetto OUT  writes the trace as Chrome trace JSON, for ui.perfetto.dev or chrome://tracing
  --xentrace OUT  writes what Xen would have recorded, in xentrace's binary form, for xenalyze
  --hz N          cycles a second, where the file does not say; 2.4e9 when left out
  --verify        makes a saved run again, with all its futures, and compares it with the trace in the file
  --help          this text

OUT may be - for standard output. Options may be written --name VALUE or --name=VALUE.

Exit code
    0  done
    1  --verify: the run came out otherwise
   64  bad usage, or FILE cannot be read; the reason is on standard error
   65  FILE is damaged or no trace: what is wrong and at which byte is on standard error. Of a file of xentrace
       what comes before the damage is shown
   70  a bug of ours
  141  standard output was closed

Of a file of xentrace, records that have a place among the kinds of events here are events; the others are
counted. Xen records no results of calls, no lengths and no causes: there is none of them in the lists.
`;
