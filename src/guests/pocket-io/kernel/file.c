/*
 * File numbers of a process, in the place of pocket's: each names an object of some kind. Ends that fork() copies count twice.
 */
#include "file.h"

#define OPEN_FILES 96

static struct file open_files[OPEN_FILES];

static int read_console(struct file *file, char *buffer, uint32_t length)
{
	(void)file;
	return is_domain_0() ? keyboard_read(buffer, length) : console_read(buffer, length);
}

static int write_console(struct file *file, const char *buffer, uint32_t length)
{
	(void)file;
	console_write(buffer, length);
	return (int)length;
}

static int read_pipe(struct file *file, char *buffer, uint32_t length)
{
	return pipe_read(file->object, buffer, length);
}

static int write_pipe(struct file *file, const char *buffer, uint32_t length)
{
	return pipe_write(file->object, buffer, length);
}

static void close_reader(struct file *file)
{
	pipe_close(file->object, false);
}

static void close_writer(struct file *file)
{
	pipe_close(file->object, true);
}

static const struct file_kind console_in = { .read = read_console }, console_out = { .write = write_console },
			      pipe_reader = { .read = read_pipe, .close = close_reader },
			      pipe_writer = { .write = write_pipe, .close = close_writer };

static struct file *open_file(const struct file_kind *kind, void *object)
{
	for (struct file *f = open_files; f < open_files + OPEN_FILES; f++) {
		if (f->users)
			continue;
		*f = (struct file){ .users = 1, .kind = kind, .object = object };
		return f;
	}
	return NULL;
}

struct file *file_numbered(int number)
{
	return number >= 0 && number < FILES ? current->files[number] : NULL;
}

/* The lowest number of the running process that is free, for a new open file. */
int file_give(const struct file_kind *kind, void *object)
{
	for (int i = 0; i < FILES; i++) {
		if (current->files[i])
			continue;
		current->files[i] = open_file(kind, object);
		return current->files[i] ? i : -ENFILE;
	}
	return -EMFILE;
}

/* Brings the pages of a process's buffer, so that no fault, which may end the process, comes while we hold a lock. */
void file_touch(const char *buffer, uint32_t length, bool to_be_written)
{
	const char *end = buffer + length;

	for (const char *at = buffer; at < end; at = (const char *)(((uint32_t)at & -PAGE_SIZE) + PAGE_SIZE)) {
		char byte = *(const volatile char *)at;

		if (to_be_written)
			*(volatile char *)at = byte;
	}
}

/* Numbers 0 and 1, as a program expects to find them. */
void file_console(struct file *files[FILES])
{
	files[0] = open_file(&console_in, NULL);
	files[1] = open_file(&console_out, NULL);
}

void file_inherit(struct file *to[FILES], struct file *const from[FILES])
{
	for (int i = 0; i < FILES; i++) {
		to[i] = from[i];
		if (to[i])
			to[i]->users++;
	}
}

int file_pipe(int numbers[2])
{
	struct pipe *pipe = pipe_create();

	if (!pipe)
		return -ENOMEM;
	numbers[0] = file_give(&pipe_reader, pipe);
	numbers[1] = file_give(&pipe_writer, pipe);
	if (numbers[0] >= 0 && numbers[1] >= 0)
		return 0;
	if (numbers[0] >= 0)
		file_close(numbers[0]);
	else
		pipe_close(pipe, false);
	pipe_close(pipe, true);
	return -EMFILE;
}

int file_read(int number, char *buffer, uint32_t length)
{
	struct file *file = file_numbered(number);

	return file && file->kind->read ? file->kind->read(file, buffer, length) : -EBADF;
}

int file_write(int number, const char *buffer, uint32_t length)
{
	struct file *file = file_numbered(number);

	return file && file->kind->write ? file->kind->write(file, buffer, length) : -EBADF;
}

int file_close(int number)
{
	struct file *file = file_numbered(number);

	if (!file)
		return -EBADF;
	current->files[number] = NULL;
	if (--file->users == 0 && file->kind->close)
		file->kind->close(file);
	return 0;
}

void file_close_all(void)
{
	for (int i = 0; i < FILES; i++)
		file_close(i);
}
