/*
 * What is typed to domain 0. It has no ring (pocket's console.c): Xen keeps what comes over the serial line, and tells by a virtual
 * interrupt. Lines are put together here, as there: echoed, a backspace takes one back.
 */
#include "file.h"

#define LINE 128

static char typed[LINE];
static uint32_t length;
static bool complete;

static void take(char c)
{
	if (c == '\r')
		c = '\n';
	if (c == '\b' || c == 0x7f) {
		if (length) {
			length--;
			console_write("\b \b", 3);
		}
		return;
	}
	if (length == LINE - 1 && c != '\n')
		return;
	typed[length++] = c;
	console_write(&c, 1);
	complete = c == '\n';
}

static void take_input(void)
{
	char c;

	while (!complete && console_io(CONSOLEIO_read, 1, &c) == 1)
		take(c);
	if (complete)
		wake(typed);
}

/* Waits for a line; how much of it fits. */
int keyboard_read(char *buffer, uint32_t size)
{
	take_input();
	while (!complete)
		sleep_on(typed);
	if (size > length)
		size = length;
	memcpy(buffer, typed, size);
	length = 0;
	complete = false;
	return (int)size;
}

static void keyboard_start(void)
{
	if (is_domain_0())
		event_bind_virq(VIRQ_CONSOLE, take_input);
}
DRIVER(1, keyboard_start);
