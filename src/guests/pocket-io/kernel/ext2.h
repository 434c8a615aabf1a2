/*
 * The second extended file system, revisions 0 and 1, as its documentation lays it out (all little-endian):
 *
 *	byte 1024        superblock
 *	block after it   group descriptors, 32 bytes each
 *	in each group    a bitmap of its blocks, one of its inodes, a table of inodes, blocks
 *
 * ext2-disk.c knows blocks and bitmaps, inode.c what a file is made of, folder.c names, vfs.c paths, open files and system calls.
 * All of it sleeps. Whoever comes from outside holds `fs->lock`.
 */
#pragma once
#include "cache.h"

struct ext2_super {
	uint32_t inodes_count, blocks_count, reserved_blocks_count, free_blocks_count, free_inodes_count;
	uint32_t first_data_block, log_block_size, log_fragment_size;
	uint32_t blocks_per_group, fragments_per_group, inodes_per_group;
	uint32_t mount_time, write_time;
	uint16_t mount_count, max_mount_count, magic, state, errors, minor_revision;
	uint32_t last_check, check_interval, creator, revision;
	uint16_t reserved_uid, reserved_gid;
	uint32_t first_inode; /* from here on in revision 1 only */
	uint16_t inode_size, block_group;
	uint32_t compatible, incompatible, read_only_compatible;
};

#define EXT2_MAGIC 0xef53
#define EXT2_CLEAN 1
#define EXT2_ROOT 2
#define EXT2_FIRST_INODE 11 /* in revision 0 */
#define EXT2_INCOMPATIBLE_FILETYPE 2
#define EXT2_RO_SPARSE_SUPER 1
#define EXT2_RO_LARGE_FILE 2

struct ext2_group {
	uint32_t block_bitmap, inode_bitmap, inode_table;
	uint16_t free_blocks, free_inodes, folders, pad;
	uint32_t reserved[3];
};

#define DIRECT 12
#define BLOCKS 15 /* 12 direct, one single, one double, one triple indirect */

struct ext2_inode {
	uint16_t mode, uid;
	uint32_t size, access_time, change_time, modify_time, delete_time;
	uint16_t gid, links;
	uint32_t sectors, flags, os_1;
	uint32_t block[BLOCKS];
	uint32_t generation, file_acl, size_high, fragment, os_2[3];
};

_Static_assert(sizeof(struct ext2_inode) == 128, "size of ext2_inode");

#define EXT2_FOLDER 0x4000
#define EXT2_FILE 0x8000
#define EXT2_KIND 0xf000
#define EXT2_INDEXED 0x1000 /* flag of a folder with an index, which we do not keep up */

struct ext2_entry {
	uint32_t inode;
	uint16_t length; /* to the next entry */
	uint8_t name_length, kind;
	char name[];
};

struct ext2 {
	struct ext2 *next;
	struct block_device *device;
	struct lock lock;
	struct ext2_super super;
	uint32_t block_size, groups, group_block, inode_size, pointers; /* block numbers in a block */
	bool writable;
	bool touched; /* marked as not clean on the disk */
	bool kinds; /* entries say what they name */
};

/* A file in use: its inode in memory. The same one for all who have it open. */
struct inode {
	struct inode *next;
	struct ext2 *fs;
	uint32_t number;
	uint32_t users;
	bool changed;
	struct ext2_inode disk;
};

/* ext2-disk.c */
int ext2_mount(struct block_device *device, struct ext2 **fs);
int ext2_block(struct ext2 *fs, uint32_t block, struct buffer **buffer, void **data);
int ext2_new_block(struct ext2 *fs, uint32_t near, uint32_t *block); /* zeros */
void ext2_free_block(struct ext2 *fs, uint32_t block);
int ext2_new_inode_number(struct ext2 *fs, bool folder, uint32_t *number);
void ext2_free_inode_number(struct ext2 *fs, uint32_t number, bool folder);
int ext2_inode_place(struct ext2 *fs, uint32_t number, struct buffer **buffer, struct ext2_inode **place);
int ext2_sync(struct ext2 *fs);
uint32_t wall_clock(void);

/* inode.c */
int inode_get(struct ext2 *fs, uint32_t number, struct inode **inode);
int inode_put(struct inode *inode);
int inode_write_all(struct ext2 *fs);
int inode_new(struct ext2 *fs, uint16_t mode, struct inode **inode);
int inode_block(struct inode *inode, uint32_t index, bool create, uint32_t *block);
int inode_read(struct inode *inode, uint32_t at, char *buffer, uint32_t length, uint32_t ahead);
int inode_write(struct inode *inode, uint32_t at, const char *buffer, uint32_t length);
int inode_truncate(struct inode *inode, uint32_t size);
bool is_folder(const struct inode *inode);

/* folder.c */
int folder_find(struct inode *folder, const char *name, uint32_t length, uint32_t *number);
int folder_add(struct inode *folder, const char *name, uint32_t length, const struct inode *inode);
int folder_remove(struct inode *folder, const char *name, uint32_t length);
int folder_next(struct inode *folder, uint32_t *position, char *name, uint32_t size, uint32_t *number);
bool folder_is_empty(struct inode *folder);
int folder_begin(struct inode *folder, uint32_t parent);
