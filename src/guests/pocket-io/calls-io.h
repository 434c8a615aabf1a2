/* Numbers of the system calls that this kernel adds to those of calls.h, and what they hand over. Network: 40... */
#pragma once

#define CALL_EXECUTE 16
#define CALL_SLEEP 17
#define CALL_TIME 18
#define CALL_PAUSE 19

#define CALL_OPEN 20
#define CALL_SEEK 21
#define CALL_UNLINK 22
#define CALL_MAKE_FOLDER 23
#define CALL_READ_FOLDER 24
#define CALL_FACTS 25
#define CALL_SYNC 26
#define CALL_TRUNCATE 27
#define CALL_DISK_LOAD 28

/* Flags of open(). */
#define OPEN_CREATE 1
#define OPEN_TRUNCATE 2
#define OPEN_APPEND 4

#ifndef __ASSEMBLER__
#include <stdint.h>

enum { IS_FILE, IS_FOLDER, IS_DISK };

struct file_facts {
	uint32_t kind, inode, size, links;
	uint32_t sectors; /* that it takes, of 512 bytes; of a disk: that it has */
};

#define MOST_NAME 63
struct folder_entry {
	uint32_t inode;
	char name[MOST_NAME + 1]; /* longer ones are cut */
};

/* Requests that pass by files and buffers, `depth` of them on their way at any time; and how long all took. */
struct disk_load {
	char disk[16];
	uint32_t writes, random; /* 0 or 1 */
	uint32_t pages;		 /* of each request, 1 to 11 */
	uint32_t depth, count;
	uint32_t microseconds, failed; /* filled in */
};
#endif
