/* Two domains that talk over xenstore: see meeting.h. */
#include "tours/meeting.h"
#include "kernel/xenstore.h"

static uint16_t other;
static char theirs[XENSTORE_PATH];
static bool open; /* what we say can be read */

/* Told of whatever the other says, and whether it has told us something that we have not looked at. */
static struct {
	struct xenstore_watch watch;
	bool news;
} ear;

static void changed(struct xenstore_watch *watch, const char *path)
{
	(void)path;
	ear.news = true;
	wake(watch);
}

uint16_t meet(void)
{
	other = (uint16_t)option_number("with", 0);
	text_format(theirs, sizeof(theirs), "/local/domain/%u/data", other);
	ear.watch.changed = changed;
	xenstore_watch(&ear.watch, theirs, NULL);
	return other;
}

/* A right for a domain that is not there yet is none: so it is given with the first word. What is made in a folder has the folder's. */
void say(const char *word, uint32_t value)
{
	if (!open && xenstore_let_read(NO_TRANSACTION, "data", other) < 0)
		panic("xenstore does not let us speak");
	open = true;
	xenstore_write_number(NO_TRANSACTION, "data", word, value);
}

/* Sleeps until the other's word is there, or is not. */
static uint32_t listen(const char *word, bool there)
{
	uint32_t value = 0;

	do {
		while (!ear.news)
			sleep_on(&ear.watch);
		ear.news = false;
	} while ((xenstore_read_number(NO_TRANSACTION, theirs, word, &value) == 0) != there);
	return value;
}

uint32_t heard(const char *word)
{
	return listen(word, true);
}

void outlive(const char *word)
{
	listen(word, false);
}
