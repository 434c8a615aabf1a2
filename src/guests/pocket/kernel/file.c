/* File numbers of a process: each names the console or one end of a pipe. Ends that fork() copies count twice. */
#include "pocket.h"

#define OPEN_FILES 32

struct file {
	int users; /* 0: free */
	struct pipe *pipe; /* NULL: the console */
	bool writer;
};

static struct file open_files[OPEN_FILES];

static struct file *open_file(struct pipe *pipe, bool writer)
{
	for (struct file *f = open_files; f < open_files + OPEN_FILES; f++) {
		if (f->users)
			continue;
		*f = (struct file){ .users = 1, .pipe = pipe, .writer = writer };
		return f;
	}
	return NULL;
}

static struct file *file_of(int number)
{
	return number >= 0 && number < FILES ? current->files[number] : NULL;
}

static int give_number(struct file *file)
{
	for (int i = 0; i < FILES; i++) {
		if (current->files[i])
			continue;
		current->files[i] = file;
		return i;
	}
	return -1;
}

/* Numbers 0 and 1, as a program expects to find them. */
void file_console(struct file *files[FILES])
{
	files[0] = open_file(NULL, false);
	files[1] = open_file(NULL, true);
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
	struct file *reader, *writer;

	if (!pipe)
		return -1;
	reader = open_file(pipe, false);
	writer = open_file(pipe, true);
	if (!reader || !writer)
		panic("too many open files");
	numbers[0] = give_number(reader);
	numbers[1] = give_number(writer);
	if (numbers[1] >= 0)
		return 0;
	if (numbers[0] >= 0)
		current->files[numbers[0]] = NULL;
	reader->users = writer->users = 0;
	pipe_close(pipe, false);
	pipe_close(pipe, true);
	return -1;
}

int file_read(int number, char *buffer, uint32_t length)
{
	struct file *file = file_of(number);

	if (!file || file->writer)
		return -1;
	return file->pipe ? pipe_read(file->pipe, buffer, length) : console_read(buffer, length);
}

int file_write(int number, const char *buffer, uint32_t length)
{
	struct file *file = file_of(number);

	if (!file || !file->writer)
		return -1;
	if (file->pipe)
		return pipe_write(file->pipe, buffer, length);
	console_write(buffer, length);
	return (int)length;
}

int file_close(int number)
{
	struct file *file = file_of(number);

	if (!file)
		return -1;
	current->files[number] = NULL;
	if (--file->users == 0 && file->pipe)
		pipe_close(file->pipe, file->writer);
	return 0;
}

void file_close_all(void)
{
	for (int i = 0; i < FILES; i++)
		file_close(i);
}
