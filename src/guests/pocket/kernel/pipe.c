/* Pipes: a page of bytes between a writer and a reader; who finds it full or empty sleeps until the other has been there. */
#include "pocket.h"

struct pipe {
	uint32_t written, read; /* run freely; masked, they are places */
	bool has_reader, has_writer;
	char bytes[2048];
};

struct pipe *pipe_create(void)
{
	struct pipe *pipe = page_allocate();

	if (pipe)
		pipe->has_reader = pipe->has_writer = true;
	return pipe;
}

/* Bytes that are there, waiting for the first; 0 when nobody can write any more. */
int pipe_read(struct pipe *pipe, char *buffer, uint32_t length)
{
	uint32_t count = 0;

	while (pipe->read == pipe->written && pipe->has_writer)
		sleep_on(pipe);
	while (count < length && pipe->read != pipe->written)
		buffer[count++] = pipe->bytes[pipe->read++ % sizeof(pipe->bytes)];
	wake(pipe);
	return (int)count;
}

/* All of it, or -1 when nobody can read any more. */
int pipe_write(struct pipe *pipe, const char *buffer, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++) {
		while (pipe->written - pipe->read == sizeof(pipe->bytes) && pipe->has_reader) {
			wake(pipe);
			sleep_on(pipe);
		}
		if (!pipe->has_reader)
			return -1;
		pipe->bytes[pipe->written++ % sizeof(pipe->bytes)] = buffer[i];
	}
	wake(pipe);
	return (int)length;
}

void pipe_close(struct pipe *pipe, bool writer)
{
	if (writer)
		pipe->has_writer = false;
	else
		pipe->has_reader = false;
	wake(pipe);
	if (!pipe->has_reader && !pipe->has_writer)
		page_release(pipe);
}
