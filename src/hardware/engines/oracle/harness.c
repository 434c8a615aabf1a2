/*
 * Executes given instruction bytes on the host's own processor, as 32-bit user code, and reports what became of registers, flags
 * and memory. Freestanding: only raw i386 system calls.
 *
 *   standard input   u32 number of cases, then the cases
 *   standard output  one result a case
 *
 * Each case starts from a signal frame: the handler of the last case's trap writes the next case's registers into its frame and
 * returns. With TF in the case's EFLAGS one instruction runs; otherwise the code runs to its INT3 or its fault.
 */
typedef unsigned int u32;
typedef unsigned char u8;

#define CODE 0x10000000u
#define CODE_BYTES 0x1000u
#define DATA 0x20000000u
#define DATA_BYTES 0x2000u
/* The harness's own memory, where cases seldom look: elsewhere nothing is mapped. */
#define STACK 0xd0000000u
#define RESULTS 0xd1000000u
#define CASES 0xd4000000u
#define BEYOND 0xe0000000u

struct test_case {
	u32 regs[8]; /* EAX ECX EDX EBX ESP EBP ESI EDI */
	u32 eflags;
	u32 seed;
	u32 length;
	u8 code[84];
};

struct test_result {
	u32 regs[8];
	u32 eip, eflags, trap, error, cr2, hash;
};

/* The kernel's frame for 32-bit processes: <asm/sigcontext.h>, <asm/ucontext.h>. */
struct context {
	u32 flags, link, stack[3];
	u32 gs, fs, es, ds;
	u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
	u32 trap, error, eip, cs, eflags, esp_at_signal, ss, fpstate, oldmask, cr2;
};

static u32 count, current, started;
static struct test_case *cases;
static struct test_result *results;
static u32 segments[4];

static int call3(int nr, u32 a, u32 b, u32 c)
{
	int result;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

/* mmap through its old form, which takes a block of arguments. */
static void *map(u32 address, u32 length, u32 protection, u32 flags)
{
	u32 block[6] = { address, length, protection, flags, (u32)-1, 0 };
	return (void *)call3(90, (u32)block, 0, 0);
}

static void transfer(int nr, int fd, u8 *bytes, u32 length)
{
	while (length != 0) {
		int done = call3(nr, (u32)fd, (u32)bytes, length);
		if (done <= 0)
			call3(1, 1, 0, 0);
		bytes += done;
		length -= (u32)done;
	}
}

static u32 random_word(u32 *state)
{
	u32 x = *state;
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}

/* FNV-1a by words over the data area. */
static u32 hash_data(void)
{
	u32 hash = 0x811c9dc5u;
	for (u32 i = 0; i < DATA_BYTES / 4; i++)
		hash = (hash ^ ((u32 *)DATA)[i]) * 0x01000193u;
	return hash;
}

static void begin(struct context *c, const struct test_case *t)
{
	u32 state = t->seed;
	for (u32 i = 0; i < DATA_BYTES / 4; i++)
		((u32 *)DATA)[i] = random_word(&state);
	for (u32 i = 0; i < sizeof t->code; i++)
		((u8 *)CODE)[i] = t->code[i];
	c->eax = t->regs[0];
	c->ecx = t->regs[1];
	c->edx = t->regs[2];
	c->ebx = t->regs[3];
	c->esp = c->esp_at_signal = t->regs[4];
	c->ebp = t->regs[5];
	c->esi = t->regs[6];
	c->edi = t->regs[7];
	c->eip = CODE;
	c->eflags = t->eflags;
	c->gs = segments[0];
	c->fs = segments[1];
	c->es = segments[2];
	c->ds = segments[3];
}

static void finish(const struct context *c, struct test_result *r)
{
	r->regs[0] = c->eax;
	r->regs[1] = c->ecx;
	r->regs[2] = c->edx;
	r->regs[3] = c->ebx;
	r->regs[4] = c->esp;
	r->regs[5] = c->ebp;
	r->regs[6] = c->esi;
	r->regs[7] = c->edi;
	r->eip = c->eip;
	r->eflags = c->eflags;
	r->trap = c->trap;
	r->error = c->error;
	r->cr2 = c->trap == 14 ? c->cr2 : 0;
	r->hash = hash_data();
}

static void handler(int signal, void *info, struct context *c)
{
	(void)signal;
	(void)info;
	if (started) {
		/* Results are writable only here: a case must not reach those of another. */
		call3(125, RESULTS, count * sizeof *results, 3);
		finish(c, &results[current]);
		call3(125, RESULTS, count * sizeof *results, 1);
		current++;
	} else {
		started = 1;
		call3(125, CASES, count * sizeof *cases, 1);
		/* The process's first stack and the kernel's pages: a case must find nothing there. */
		call3(91, BEYOND, 0xffffe000u - BEYOND, 0);
		segments[0] = c->gs;
		segments[1] = c->fs;
		segments[2] = c->es;
		segments[3] = c->ds;
	}
	if (current == count) {
		transfer(4, 1, (u8 *)results, count * sizeof *results);
		call3(1, 0, 0, 0);
	}
	begin(c, &cases[current]);
}

__asm__(".text\nrestorer:\n\tmovl $173, %eax\n\tint $0x80\n");
extern char restorer[];

void _start(void)
{
	transfer(3, 0, (u8 *)&count, 4);
	cases = map(CASES, count * sizeof *cases, 3, 0x32);
	results = map(RESULTS, count * sizeof *results, 3, 0x32);
	transfer(3, 0, (u8 *)cases, count * sizeof *cases);
	map(CODE, CODE_BYTES, 7, 0x32);
	map(DATA, DATA_BYTES, 3, 0x32);

	u32 stack[3] = { (u32)map(STACK, 0x20000, 3, 0x32), 0, 0x20000 };
	call3(186, (u32)stack, 0, 0);
	/* SA_SIGINFO, SA_RESTORER, SA_ONSTACK, SA_NODEFER */
	u32 action[5] = { (u32)handler, 0x4u | 0x04000000u | 0x08000000u | 0x40000000u, (u32)restorer, 0, 0 };
	static const u8 signals[] = { 4, 5, 7, 8, 11 }; /* ILL TRAP BUS FPE SEGV */
	for (u32 i = 0; i < sizeof signals; i++) {
		register u32 size __asm__("esi") = 8;
		int result;
		__asm__ volatile("int $0x80"
				 : "=a"(result)
				 : "a"(174), "b"((u32)signals[i]), "c"(action), "d"(0), "S"(size)
				 : "memory");
	}
	__asm__ volatile("int3");
	for (;;)
		;
}
