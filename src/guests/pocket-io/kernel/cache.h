/*
 * cache.c: pages of disks in memory. A buffer is got, looked at or changed, and put back; changes reach the disk when cache_sync() says so,
 * or when room is needed. Everything here sleeps.
 */
#pragma once
#include "block.h"

/* What was changed: what files hold is written first, then what says where it is. */
enum { CLEAN, DATA, META };

struct buffer {
	struct buffer *newer, *older; /* by last use */
	struct block_device *device;
	uint32_t page; /* of the device */
	char *data;
	uint32_t users;
	bool busy; /* between memory and disk */
	bool valid;
	uint8_t changed; /* CLEAN, DATA, META */
	int error; /* of the last transfer */
};

int cache_get(struct block_device *device, uint32_t page, struct buffer **buffer); /* 0 or an error */
void cache_put(struct buffer *buffer);
void cache_changed(struct buffer *buffer, int what);
void cache_read_ahead(struct block_device *device, uint32_t page, uint32_t count);
int cache_sync(struct block_device *device); /* all changes are on the disk, and safe, or an error */
void cache_forget(struct block_device *device);
