/* The lowest layer of the file system: the superblock and the groups, which blocks and inodes are free, where an inode lies. */
#include "ext2.h"
#include "program.h"

#define SUPER_AT 1024

static struct ext2 *mounted;

/* Seconds of the wall clock: those at Xen's start, and what has passed since. */
uint32_t wall_clock(void)
{
	uint64_t now = system_time();
	uint32_t high = (uint32_t)(now >> 32), low = (uint32_t)now, seconds, rest;

	asm("divl %4" : "=a"(seconds), "=d"(rest) : "a"(low), "d"(high % 1000000000), "r"(1000000000));
	return shared_info.wc_sec + seconds;
}

/* The bytes at a place of the disk, which must not cross a page. */
static int bytes_at(struct ext2 *fs, uint64_t at, struct buffer **buffer, void **data)
{
	int error = cache_get(fs->device, (uint32_t)(at >> PAGE_SHIFT), buffer);

	if (!error)
		*data = (*buffer)->data + ((uint32_t)at & (PAGE_SIZE - 1));
	return error;
}

/* Gets a block; put its buffer back. -EIO where there is no such block. */
int ext2_block(struct ext2 *fs, uint32_t block, struct buffer **buffer, void **data)
{
	if (block >= fs->super.blocks_count)
		return -EIO;
	return bytes_at(fs, (uint64_t)block * fs->block_size, buffer, data);
}

static int group_at(struct ext2 *fs, uint32_t group, struct buffer **buffer, struct ext2_group **descriptor)
{
	uint64_t at = (uint64_t)fs->group_block * fs->block_size + group * sizeof(struct ext2_group);
	void *data;
	int error = bytes_at(fs, at, buffer, &data);

	*descriptor = data;
	return error;
}

static void put_changed(struct buffer *buffer)
{
	cache_changed(buffer, META);
	cache_put(buffer);
}

/* Copies the counts in memory to the superblock's buffer, and says there whether all is clean. */
static int write_super(struct ext2 *fs, bool clean)
{
	struct buffer *buffer;
	void *data;
	int error = bytes_at(fs, SUPER_AT, &buffer, &data);

	if (error)
		return error;
	fs->super.state = (uint16_t)((fs->super.state & ~EXT2_CLEAN) | (clean ? EXT2_CLEAN : 0));
	fs->super.write_time = wall_clock();
	memcpy(data, &fs->super, sizeof(fs->super));
	put_changed(buffer);
	fs->touched = !clean;
	return 0;
}

/* --- bitmaps --- */

/* The first zero of a bitmap of `bits`, from `from` on and then from the beginning; `bits` where there is none. */
static uint32_t free_bit(const uint8_t *bitmap, uint32_t bits, uint32_t from)
{
	for (uint32_t i = 0; i < bits; i++) {
		uint32_t bit = (from + i) % bits;

		if (!(bitmap[bit / 8] & 1 << bit % 8))
			return bit;
	}
	return bits;
}

/* Takes a free bit of the bitmap in block `bitmap`. -ENOSPC where there is none. */
static int take_bit(struct ext2 *fs, uint32_t bitmap, uint32_t bits, uint32_t from, uint32_t *bit)
{
	struct buffer *buffer;
	void *data;
	int error = ext2_block(fs, bitmap, &buffer, &data);

	if (error)
		return error;
	*bit = free_bit(data, bits, from);
	if (*bit == bits) {
		cache_put(buffer);
		return -ENOSPC;
	}
	((uint8_t *)data)[*bit / 8] |= (uint8_t)(1 << *bit % 8);
	put_changed(buffer);
	return 0;
}

static void give_bit(struct ext2 *fs, uint32_t bitmap, uint32_t bit)
{
	struct buffer *buffer;
	void *data;

	if (ext2_block(fs, bitmap, &buffer, &data) < 0)
		return;
	((uint8_t *)data)[bit / 8] &= (uint8_t)~(1 << bit % 8);
	put_changed(buffer);
}

/* --- blocks --- */

static uint32_t blocks_in(const struct ext2 *fs, uint32_t group)
{
	uint32_t left = fs->super.blocks_count - fs->super.first_data_block - group * fs->super.blocks_per_group;

	return left < fs->super.blocks_per_group ? left : fs->super.blocks_per_group;
}

static int take_block(struct ext2 *fs, uint32_t group, uint32_t from, uint32_t *block)
{
	struct ext2_group *descriptor;
	struct buffer *buffer;
	uint32_t bit, bitmap;
	int error = group_at(fs, group, &buffer, &descriptor);

	if (error)
		return error;
	bitmap = descriptor->block_bitmap;
	error = descriptor->free_blocks ? take_bit(fs, bitmap, blocks_in(fs, group), from, &bit) : -ENOSPC;
	if (error) {
		cache_put(buffer);
		return error;
	}
	descriptor->free_blocks--;
	put_changed(buffer);
	fs->super.free_blocks_count--;
	*block = fs->super.first_data_block + group * fs->super.blocks_per_group + bit;
	return 0;
}

static int clear_block(struct ext2 *fs, uint32_t block)
{
	struct buffer *buffer;
	void *data;
	int error = ext2_block(fs, block, &buffer, &data);

	if (error)
		return error;
	memset(data, 0, fs->block_size);
	put_changed(buffer);
	return 0;
}

/* A free block, best the first one behind `near`. */
int ext2_new_block(struct ext2 *fs, uint32_t near, uint32_t *block)
{
	uint32_t start = near > fs->super.first_data_block ? near - fs->super.first_data_block : 0;

	for (uint32_t i = 0; i < fs->groups; i++) {
		uint32_t group = (start / fs->super.blocks_per_group + i) % fs->groups;
		int error = take_block(fs, group, i ? 0 : start % fs->super.blocks_per_group, block);

		if (error != -ENOSPC)
			return error ? error : clear_block(fs, *block);
	}
	return -ENOSPC;
}

void ext2_free_block(struct ext2 *fs, uint32_t block)
{
	uint32_t index = block - fs->super.first_data_block, group = index / fs->super.blocks_per_group;
	struct ext2_group *descriptor;
	struct buffer *buffer;

	if (block < fs->super.first_data_block || block >= fs->super.blocks_count ||
	    group_at(fs, group, &buffer, &descriptor) < 0)
		return;
	give_bit(fs, descriptor->block_bitmap, index % fs->super.blocks_per_group);
	descriptor->free_blocks++;
	put_changed(buffer);
	fs->super.free_blocks_count++;
}

/* --- inodes --- */

static int take_inode(struct ext2 *fs, uint32_t group, bool folder, uint32_t *number)
{
	struct ext2_group *descriptor;
	struct buffer *buffer;
	uint32_t bit;
	int error = group_at(fs, group, &buffer, &descriptor);

	if (error)
		return error;
	error = descriptor->free_inodes ?
			take_bit(fs, descriptor->inode_bitmap, fs->super.inodes_per_group, 0, &bit) :
			-ENOSPC;
	if (error) {
		cache_put(buffer);
		return error;
	}
	descriptor->free_inodes--;
	descriptor->folders = (uint16_t)(descriptor->folders + folder);
	put_changed(buffer);
	fs->super.free_inodes_count--;
	*number = group * fs->super.inodes_per_group + bit + 1;
	return 0;
}

int ext2_new_inode_number(struct ext2 *fs, bool folder, uint32_t *number)
{
	for (uint32_t group = 0; group < fs->groups; group++) {
		int error = take_inode(fs, group, folder, number);

		if (error != -ENOSPC)
			return error;
	}
	return -ENOSPC;
}

void ext2_free_inode_number(struct ext2 *fs, uint32_t number, bool folder)
{
	uint32_t index = number - 1, group = index / fs->super.inodes_per_group;
	struct ext2_group *descriptor;
	struct buffer *buffer;

	if (group_at(fs, group, &buffer, &descriptor) < 0)
		return;
	give_bit(fs, descriptor->inode_bitmap, index % fs->super.inodes_per_group);
	descriptor->free_inodes++;
	descriptor->folders = (uint16_t)(descriptor->folders - folder);
	put_changed(buffer);
	fs->super.free_inodes_count++;
}

/* Where an inode lies on the disk; put its buffer back. */
int ext2_inode_place(struct ext2 *fs, uint32_t number, struct buffer **buffer, struct ext2_inode **place)
{
	uint32_t index = number - 1, within = index % fs->super.inodes_per_group * fs->inode_size;
	struct ext2_group *descriptor;
	uint64_t at;
	void *data;
	int error;

	if (number < 1 || number > fs->super.inodes_count)
		return -EIO;
	error = group_at(fs, index / fs->super.inodes_per_group, buffer, &descriptor);
	if (error)
		return error;
	at = (uint64_t)descriptor->inode_table * fs->block_size + within;
	cache_put(*buffer);
	error = bytes_at(fs, at, buffer, &data);
	*place = data;
	return error;
}

/* --- the whole --- */

/* Everything that memory knows better goes to the disk. */
int ext2_sync(struct ext2 *fs)
{
	int error;

	if (!fs->writable)
		return 0;
	error = inode_write_all(fs);
	if (!error)
		error = write_super(fs, false);
	return error ? error : cache_sync(fs->device);
}

static int read_super(struct ext2 *fs)
{
	struct buffer *buffer;
	void *data;
	int error = bytes_at(fs, SUPER_AT, &buffer, &data);

	if (error)
		return error;
	memcpy(&fs->super, data, sizeof(fs->super));
	cache_put(buffer);
	return 0;
}

/* Whether we understand it; and how much of it lies within the disk. */
static bool is_valid(struct ext2 *fs)
{
	const struct ext2_super *super = &fs->super;

	return super->magic == EXT2_MAGIC && super->log_block_size <= 2 && super->blocks_per_group && super->inodes_per_group &&
	       super->blocks_per_group <= 8 * fs->block_size && super->inodes_per_group <= 8 * fs->block_size &&
	       super->blocks_count > super->first_data_block &&
	       block_fits(fs->device, 0, (uint64_t)super->blocks_count * (fs->block_size / SECTOR)) &&
	       (!super->revision || !(super->incompatible & ~EXT2_INCOMPATIBLE_FILETYPE)) &&
	       fs->inode_size >= sizeof(struct ext2_inode) && !(fs->inode_size & (fs->inode_size - 1)) &&
	       fs->inode_size <= fs->block_size;
}

static void work_out(struct ext2 *fs)
{
	const struct ext2_super *super = &fs->super;
	bool extended = super->revision;

	fs->block_size = 1024u << (super->log_block_size & 3);
	fs->pointers = fs->block_size / 4;
	fs->group_block = super->first_data_block + 1;
	fs->inode_size = extended ? super->inode_size : sizeof(struct ext2_inode);
	fs->kinds = extended && super->incompatible & EXT2_INCOMPATIBLE_FILETYPE;
	fs->writable = !fs->device->readonly &&
		       (!extended || !(super->read_only_compatible & ~(EXT2_RO_SPARSE_SUPER | EXT2_RO_LARGE_FILE)));
}

/* Finds the file system of a disk, mounting it if that is the first time. -EINVAL where there is none that we know. */
int ext2_mount(struct block_device *device, struct ext2 **result)
{
	struct ext2 *fs = mounted;
	int error;

	while (fs && fs->device != device)
		fs = fs->next;
	if (!fs) {
		fs = allocate(sizeof(*fs));
		if (!fs)
			return -ENOMEM;
		fs->device = device;
		error = read_super(fs);
		work_out(fs);
		if (error || !is_valid(fs)) {
			release(fs);
			return error ? error : -EINVAL;
		}
		fs->groups = (fs->super.blocks_count - fs->super.first_data_block + fs->super.blocks_per_group - 1) /
			     fs->super.blocks_per_group;
		fs->next = mounted;
		mounted = fs;
	}
	*result = fs;
	return 0;
}

/* At the end all is written, and the disks are marked as clean again. */
static void unmount_all(void)
{
	for (struct ext2 *fs = mounted; fs; fs = fs->next) {
		if (!fs->touched)
			continue;
		lock(&fs->lock);
		if (ext2_sync(fs) < 0 || write_super(fs, true) < 0 || cache_sync(fs->device) < 0)
			print("%s: not all could be written\n", fs->device->name);
		unlock(&fs->lock);
	}
}

static struct ending ending = { .finish = unmount_all };

static void ext2_start(void)
{
	when_ending(&ending); /* before the disks' front ends close */
}
DRIVER(8, ext2_start);
