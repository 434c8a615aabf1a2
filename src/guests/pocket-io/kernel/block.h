/*
 * Disks. A request names sectors of 512 bytes and pieces of memory, and comes back by `done`, which runs like an event handler, in any
 * order. Whoever offers a disk, a driver, a front end or a piece of another disk, fills a `struct block_device`.
 *
 *	processes --> files (ext2.c) --> buffers (cache.c) --> xvda (blkfront.c) == ring ==> blkback.c --> queue.c --> ide.c, ramdisk.c
 */
#pragma once
#include "io.h"

#define SECTOR 512u
#define SECTORS_A_PAGE (PAGE_SIZE / SECTOR)
#define MOST_SEGMENTS 11

/* A piece within one page; `machine` is where a device finds it. */
struct block_segment {
	char *data;
	uint64_t machine;
	uint32_t sectors;
};

struct block_request {
	struct block_request *next; /* for whoever has it */
	enum { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH } operation;
	uint64_t sector;
	uint32_t sectors; /* of all segments together */
	uint32_t segments;
	struct block_segment segment[MOST_SEGMENTS];
	void (*done)(struct block_request *request, int error);
	void *context;
	/* Told to debuggers, and decides nothing: for whom it is, and of which batch (blkback.c); batch 0 is this kernel itself. */
	uint32_t batch;
	uint16_t domain;
	bool barrier; /* a step of one */
	uint32_t note; /* queue.c: how many came before it */
};

struct block_device {
	struct block_device *next;
	char name[8];
	uint32_t number; /* as Linux counts: major << 20 | minor */
	uint64_t sectors;
	bool readonly;
	bool has_cache; /* what was written is safe only after BLOCK_FLUSH */
	void (*submit)(struct block_device *device, struct block_request *request); /* does not sleep */
	void *context;
};

/* block.c */
#define DEVICE_NUMBER(major, minor) ((major) << 20 | (minor))
void block_add(struct block_device *device);
void block_remove(struct block_device *device);
struct block_device *block_named(const char *name);
struct block_device *block_numbered(uint32_t number);
struct block_device *block_first(void);
struct block_device *block_piece(struct block_device *whole, uint64_t from, uint64_t sectors);
void block_piece_release(struct block_device *piece);
struct block_device *block_partition(struct block_device *whole, uint32_t index);
bool block_fits(const struct block_device *device, uint64_t sector, uint64_t sectors);
void block_add_segment(struct block_request *request, void *data, uint32_t sectors);
int block_transfer(struct block_device *device, int operation, uint64_t sector, void *data, uint32_t sectors);
int block_flush(struct block_device *device);

/* queue.c: requests of a disk that does one thing at a time, in an order that is good for its arm */
struct block_queue {
	struct block_request *ahead, *behind; /* of the arm, by sector; flushes first, and ahead */
	struct block_request *running;
	uint64_t head; /* where the arm is */
	uint32_t disk; /* its number as a block_device */
	void (*start)(struct block_queue *queue, struct block_request *request); /* calls block_queue_finished() in the end */
	struct work work;
};
void block_queue_init(struct block_queue *queue, uint32_t disk, void (*start)(struct block_queue *, struct block_request *));
void block_queue_add(struct block_queue *queue, struct block_request *request);
void block_queue_finished(struct block_queue *queue, int error);
