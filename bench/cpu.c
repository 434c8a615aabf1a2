/*
 * Guest code for bench/cpu.ts: freestanding, linked at 1 MiB. Each kernel takes a number of rounds and returns a checksum.
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
	default:
		return strings(rounds);
	}
}
