/*
 * xenstore.c: questions to xenstore, a tree of small texts that all domains share as far as they may. Everything here sleeps, so it is
 * for threads and processes. Results below 0 are negated error numbers: -ENOENT, -EACCES, -EAGAIN ...
 *
 * A path is absolute, or relative to /local/domain/OURS. `key` may be NULL: then `path` is all of it. `tx` is NO_TRANSACTION, or what
 * xenstore_begin() gave; a transaction that ends with -EAGAIN did nothing and has to be made again from its beginning:
 *
 *	do {
 *		tx = xenstore_begin();
 *		xenstore_write(tx, ...);
 *	} while (xenstore_end(tx, true) == -EAGAIN);
 */
#pragma once
#include "io.h"

#define NO_TRANSACTION 0
#define XENSTORE_PATH 128 /* of the paths that we keep */

/* Whether this domain has a xenstore at all. */
bool xenstore_is_there(void);

int xenstore_read(uint32_t tx, const char *path, const char *key, char *value, uint32_t size); /* its length */
int xenstore_read_number(uint32_t tx, const char *path, const char *key, uint32_t *value);
int xenstore_write(uint32_t tx, const char *path, const char *key, const char *value);
int xenstore_write_number(uint32_t tx, const char *path, const char *key, uint32_t value);
int xenstore_make_folder(uint32_t tx, const char *path, const char *key);
int xenstore_remove(uint32_t tx, const char *path, const char *key);
int xenstore_list(uint32_t tx, const char *path, char *names, uint32_t size); /* names, each ended by 0; their length together */
int xenstore_let_read(uint32_t tx, const char *path, uint16_t domain); /* of ours: that domain too, and nobody else */
int xenstore_begin(void);
int xenstore_end(uint32_t tx, bool commit);

/* Calls `changed` in the thread `watches`, which may sleep: once at first, then for each change at or below the path. */
struct xenstore_watch {
	void (*changed)(struct xenstore_watch *watch, const char *path);
	char path[XENSTORE_PATH];
	uint32_t token;
	struct xenstore_watch *next;
};
int xenstore_watch(struct xenstore_watch *watch, const char *path, const char *key);
void xenstore_unwatch(struct xenstore_watch *watch); /* `changed` is not called any more; fine where it is not set */
