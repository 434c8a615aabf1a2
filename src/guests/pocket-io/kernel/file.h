/* file.c: what a number of a process stands for. A kind of file is a table of functions; a driver or a network brings its own. */
#pragma once
#include "io.h"

struct file;

struct file_kind {
	int (*read)(struct file *file, char *buffer, uint32_t length); /* NULL: not to be read */
	int (*write)(struct file *file, const char *buffer, uint32_t length);
	void (*close)(struct file *file); /* the last user has gone */
};

struct file {
	int users; /* 0: free */
	const struct file_kind *kind;
	void *object;
	uint32_t position;
	uint32_t expected; /* where it is read next if it is read in order */
};

int file_give(const struct file_kind *kind, void *object); /* a number for the running process, or an error */
struct file *file_numbered(int number);
void file_touch(const char *buffer, uint32_t length, bool to_be_written);

/* keyboard.c */
int keyboard_read(char *buffer, uint32_t size);
