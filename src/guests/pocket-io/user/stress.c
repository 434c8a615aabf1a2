/*
 * run=stress FOLDER [FILES [KIB [ROUNDS]]]: writes files of known bytes, several processes at once, reads them back and compares; makes
 * them shorter and longer, removes every second, and looks at all again.
 */
#include "io.h"

#define PIECE 3000 /* bytes a call: blocks and pages do not divide by it */

static char *wrote, *got;
static char path[100];

/* Bytes that depend on the file, the round and the place. */
static void fill(char *bytes, uint32_t length, uint32_t seed, uint32_t at)
{
	for (uint32_t i = 0; i < length; i++) {
		uint32_t x = (at + i) * 2654435761u + seed * 40503u;

		bytes[i] = (char)(x >> 13 ^ x >> 24);
	}
}

static void name_file(const char *folder, uint32_t file)
{
	uint32_t length = strlen(folder);

	memcpy(path, folder, length);
	memcpy(path + length, "/s00", 5);
	path[length + 2] = (char)('0' + file / 10 % 10);
	path[length + 3] = (char)('0' + file % 10);
}

static void write_file(uint32_t size, uint32_t seed)
{
	int file = open_or_exit(path, OPEN_CREATE | OPEN_TRUNCATE), error;

	for (uint32_t at = 0; at < size; at += PIECE) {
		uint32_t length = size - at < PIECE ? size - at : PIECE;

		fill(wrote, length, seed, at);
		error = write(file, wrote, length);
		if (error != (int)length)
			fail("stress", path, error < 0 ? error : -28);
	}
	error = sync(file);
	if (error)
		fail("stress", path, error);
	close(file);
}

/* Beyond `filled` there must be zeros. */
static void check_file(uint32_t size, uint32_t filled, uint32_t seed)
{
	int file = open_or_exit(path, 0);

	for (uint32_t at = 0; at < size; at += PIECE) {
		uint32_t length = size - at < PIECE ? size - at : PIECE;
		int count = read(file, got, length);

		if (count != (int)length)
			fail("stress", path, count < 0 ? count : -5);
		fill(wrote, length, seed, at);
		for (uint32_t i = 0; i < length; i++)
			if (got[i] != (at + i < filled ? wrote[i] : 0)) {
				print("stress: %s differs at byte %u\n", path, at + i);
				exit(1);
			}
	}
	if (read(file, got, 1) != 0) {
		print("stress: %s is longer than it was written\n", path);
		exit(1);
	}
	close(file);
}

static void cut_and_stretch(uint32_t size, uint32_t seed)
{
	int file = open_or_exit(path, 0);

	truncate(file, size / 3);
	truncate(file, size);
	close(file);
	check_file(size, size / 3, seed);
}

static void one_file(const char *folder, uint32_t file, uint32_t size, uint32_t rounds)
{
	name_file(folder, file);
	for (uint32_t round = 0; round < rounds; round++) {
		write_file(size, file + round * 100);
		check_file(size, size, file + round * 100);
		cut_and_stretch(size, file + round * 100);
	}
	write_file(size, file);
	if (file % 2)
		unlink(path);
	exit(0);
}

void program_stress(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : "";
	uint32_t files = number(argc > 2 ? argv[2] : NULL, 4);
	uint32_t size = number(argc > 3 ? argv[3] : NULL, 40) * 1024 - 77;
	uint32_t rounds = number(argc > 4 ? argv[4] : NULL, 2);
	int status, failed = 0;

	wrote = grow(PIECE);
	got = grow(PIECE);
	for (uint32_t file = 0; file < files; file++)
		if (fork() == 0)
			one_file(folder, file, size, rounds);
	while (wait(&status) > 0)
		failed |= status;
	for (uint32_t file = 0; file < files && !failed; file += 2) {
		name_file(folder, file);
		check_file(size, size, file);
	}
	print("stress: %u files of %u bytes, %u rounds: %s\n", files, size, rounds, failed ? "FAILED" : "all as written");
	exit(failed);
}
PROGRAM(stress);
