/*
 * Guest code for bench/cpu.ts: freestanding, linked at 1 MiB. Each kernel takes a number of rounds and returns a checksum.
 * It runs in ring 0 with all of memory mapped one to one by PAE pages that ring 3 may use too.
 */
typedef unsigned int u32;
typedef unsigned char u8;

/* EBX: which kernel; ECX: rounds. The answer is left in EAX. It comes first in the image, which is where the guest starts. */
__asm__(".text\n.globl start\nstart:\n\tpush %ecx\n\tpush %ebx\n\tcall run\n\thlt");

#define ARENA ((u8 *)0x400000)

static u32 alu(u32 rounds)
{
	u32 a = 1, b = 2, c = 3, d = 4;
	for (u32 i = 0; i < rounds; i++) {
		a += b ^ (c << 3);
		b = (b >> 7 | b << 25) + i;
		c ^= a & d;
		d -= c | b;
		a ^= d >> 5;
	}
	return a ^ b ^ c ^ d;
}

static u32 sieve(u32 rounds)
{
	u32 count = 0;
	for (u32 r = 0; r < rounds; r++) {
		u8 *composite = ARENA;
		for (u32 i = 0; i < 65536; i++)
			composite[i] = 0;
		for (u32 i = 2; i < 65536; i++) {
			if (composite[i])
				continue;
			count++;
			for (u32 j = i + i; j < 65536; j += i)
				composite[j] = 1;
		}
	}
	return count;
}

static void sort(u32 *v, int low, int high)
{
	while (low < high) {
		u32 pivot = v[(low + high) >> 1];
		int i = low, j = high;
		while (i <= j) {
			while (v[i] < pivot)
				i++;
			while (v[j] > pivot)
				j--;
			if (i <= j) {
				u32 t = v[i];
				v[i++] = v[j];
				v[j--] = t;
			}
		}
		if (j - low < high - i) {
			sort(v, low, j);
			low = i;
		} else {
			sort(v, i, high);
			high = j;
		}
	}
}

static u32 quicksort(u32 rounds)
{
	u32 *v = (u32 *)ARENA, x = 12345, sum = 0;
	for (u32 r = 0; r < rounds; r++) {
		for (u32 i = 0; i < 20000; i++)
			v[i] = x = x * 1664525u + 1013904223u;
		sort(v, 0, 19999);
		sum ^= v[r & 8191];
	}
	return sum;
}

static u32 copy(u32 rounds)
{
	volatile u32 *from = (u32 *)ARENA, *to = (u32 *)(ARENA + 0x40000);
	for (u32 r = 0; r < rounds; r++)
		for (u32 i = 0; i < 16384; i++)
			to[i] = from[i] + r;
	return to[5];
}

static u32 calls(u32 n)
{
	return n < 2 ? n : calls(n - 1) + calls(n - 2);
}

static u32 fibonacci(u32 rounds)
{
	u32 sum = 0;
	for (u32 r = 0; r < rounds; r++)
		sum += calls(20);
	return sum;
}

static u32 strings(u32 rounds)
{
	for (u32 r = 0; r < rounds; r++) {
		void *to = ARENA + 0x40000, *from = ARENA;
		u32 count = 16384;
		__asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
	}
	return rounds;
}

/*
 * Ring 3 and back. The tables that the processor wants lie at DESK; the page tables, one after another, at TABLES. Both
 * loops count in EDI how often ring 0 was entered.
 */
#define DESK 0x300000
#define GDT ((u32 *)DESK)
#define IDT ((u32 *)(DESK + 0x1000))
#define TSS ((u32 *)(DESK + 0x2000))
#define TRAP_STACK (DESK + 0x4000)
#define TABLES 0x3000
/* Two neighbouring pages, of which one at a time is present. */
#define FIRST_PAGE 0x600000
#define TEXT(x) #x
#define NUMBER(x) TEXT(x)

__asm__(".equ saved_esp, " NUMBER(DESK) " + 0x3000\n"
	".equ user_stack, " NUMBER(DESK) " + 0x6000\n"
	/* u32 in_user(eip, rounds): runs ring 3 code with ECX = rounds until it makes int 0x81; its EDI is the answer. */
	"in_user: pusha\n"
	"	mov 36(%esp), %edx\n"
	"	mov 40(%esp), %ecx\n"
	"	mov %esp, saved_esp\n"
	"	xor %edi, %edi\n"
	"	push $0x23\n"
	"	push $user_stack\n"
	"	push $2\n"
	"	push $0x1b\n"
	"	push %edx\n"
	"	mov $0x23, %eax\n"
	"	mov %eax, %ds\n"
	"	mov %eax, %es\n"
	"	iret\n"
	"on_leave: mov $0x10, %eax\n"
	"	mov %eax, %ds\n"
	"	mov %eax, %es\n"
	"	mov saved_esp, %esp\n"
	"	mov %edi, 28(%esp)\n"
	"	popa\n"
	"	ret\n"
	"on_call: inc %edi\n"
	"	iret\n"
	/* Maps the page that was touched, and takes its neighbour away. */
	"on_fault: add $4, %esp\n"
	"	mov %cr2, %edx\n"
	"	shr $12, %edx\n"
	"	orl $1, " NUMBER(TABLES) "(, %edx, 8)\n"
	"	xor $1, %edx\n"
	"	andl $~1, " NUMBER(TABLES) "(, %edx, 8)\n"
	"	shl $12, %edx\n"
	"	invlpg (%edx)\n"
	"	inc %edi\n"
	"	iret\n"
	"user_calls: int $0x80\n"
	"	dec %ecx\n"
	"	jnz user_calls\n"
	"	int $0x81\n"
	"user_touches: mov %ecx, " NUMBER(FIRST_PAGE) "\n"
	"	mov %ecx, " NUMBER(FIRST_PAGE) " + 0x1000\n"
	"	dec %ecx\n"
	"	jnz user_touches\n"
	"	int $0x81\n");

u32 in_user(void (*code)(void), u32 rounds);
void on_leave(void), on_call(void), on_fault(void), user_calls(void), user_touches(void);

static void gate(u32 vector, void (*handler)(void), u32 dpl)
{
	IDT[vector * 2] = 8 << 16 | ((u32)handler & 0xffff);
	IDT[vector * 2 + 1] = ((u32)handler & 0xffff0000) | 0x8e00 | dpl << 13;
}

static void open_rings(void)
{
	static const u32 descriptors[] = {
		0, 0, 0xffff, 0xcf9b00, 0xffff, 0xcf9300, 0xffff, 0xcffb00, 0xffff, 0xcff300,
		((u32)TSS & 0xffff) << 16 | 103, 0x8900 | (u32)TSS >> 16,
	};
	struct __attribute__((packed)) { unsigned short limit; u32 base; } table;
	for (u32 i = 0; i < sizeof descriptors / 4; i++)
		GDT[i] = descriptors[i];
	for (u32 i = 0; i < 26; i++)
		TSS[i] = 0;
	TSS[1] = TRAP_STACK;
	TSS[2] = 0x10;
	gate(14, on_fault, 0);
	gate(0x80, on_call, 3);
	gate(0x81, on_leave, 3);
	table.limit = sizeof descriptors - 1;
	table.base = (u32)GDT;
	__asm__ volatile("lgdt %0" : : "m"(table));
	table.limit = 256 * 8 - 1;
	table.base = (u32)IDT;
	__asm__ volatile("lidt %0" : : "m"(table));
	__asm__ volatile("ltr %w0" : : "r"(0x28));
	for (u32 page = FIRST_PAGE >> 12; page < (FIRST_PAGE >> 12) + 2; page++) {
		((volatile u32 *)TABLES)[page * 2] &= ~1u;
		__asm__ volatile("invlpg (%0)" : : "r"(page << 12) : "memory");
	}
}

static u32 in_rings(void (*code)(void), u32 rounds)
{
	open_rings();
	return in_user(code, rounds);
}

u32 run(u32 which, u32 rounds)
{
	switch (which) {
	case 0:
		return alu(rounds);
	case 1:
		return sieve(rounds);
	case 2:
		return quicksort(rounds);
	case 3:
		return copy(rounds);
	case 4:
		return fibonacci(rounds);
	case 5:
		return strings(rounds);
	case 6:
		return in_rings(user_calls, rounds);
	default:
		return in_rings(user_touches, rounds);
	}
}
