/*
 * What a file is made of: twelve blocks that its inode names, then a block of block numbers, then a block of blocks of numbers. Blocks
 * that were never written are not there, and read as zeros.
 */
#include "ext2.h"

static struct inode *inodes; /* in use */

bool is_folder(const struct inode *inode)
{
	return (inode->disk.mode & EXT2_KIND) == EXT2_FOLDER;
}

int inode_get(struct ext2 *fs, uint32_t number, struct inode **result)
{
	struct ext2_inode *place;
	struct buffer *buffer;
	struct inode *inode;
	int error;

	for (inode = inodes; inode; inode = inode->next)
		if (inode->fs == fs && inode->number == number) {
			inode->users++;
			*result = inode;
			return 0;
		}
	inode = allocate(sizeof(*inode));
	if (!inode)
		return -ENOMEM;
	error = ext2_inode_place(fs, number, &buffer, &place);
	if (error) {
		release(inode);
		return error;
	}
	*inode = (struct inode){ .next = inodes, .fs = fs, .number = number, .users = 1, .disk = *place };
	cache_put(buffer);
	inodes = inode;
	*result = inode;
	return 0;
}

static int write_back(struct inode *inode)
{
	struct ext2_inode *place;
	struct buffer *buffer;
	int error;

	if (!inode->changed)
		return 0;
	error = ext2_inode_place(inode->fs, inode->number, &buffer, &place);
	if (error)
		return error;
	*place = inode->disk;
	cache_changed(buffer, META);
	cache_put(buffer);
	inode->changed = false;
	return 0;
}

/* Brings all inodes that changed into their blocks. */
int inode_write_all(struct ext2 *fs)
{
	int error = 0;

	for (struct inode *inode = inodes; inode && !error; inode = inode->next)
		if (inode->fs == fs)
			error = write_back(inode);
	return error;
}

/* A file that no folder names and nobody uses any more. */
static void bury(struct inode *inode)
{
	bool folder = is_folder(inode);

	inode_truncate(inode, 0);
	inode->disk.delete_time = wall_clock();
	inode->disk.mode = 0;
	inode->changed = true;
	ext2_free_inode_number(inode->fs, inode->number, folder);
}

int inode_put(struct inode *inode)
{
	struct inode **place = &inodes;
	int error;

	if (--inode->users)
		return 0;
	if (!inode->disk.links)
		bury(inode);
	error = write_back(inode);
	while (*place != inode)
		place = &(*place)->next;
	*place = inode->next;
	release(inode);
	return error;
}

/* A new file or folder with one link, which its caller has to make. */
int inode_new(struct ext2 *fs, uint16_t mode, struct inode **result)
{
	uint32_t number;
	int error = ext2_new_inode_number(fs, (mode & EXT2_KIND) == EXT2_FOLDER, &number);

	if (!error)
		error = inode_get(fs, number, result);
	if (error)
		return error;
	(*result)->disk = (struct ext2_inode){
		.mode = mode,
		.links = 1,
		.access_time = wall_clock(),
		.change_time = wall_clock(),
		.modify_time = wall_clock(),
	};
	(*result)->changed = true;
	return 0;
}

/* --- blocks --- */

/* Makes `*number`, which the inode or a block of numbers holds, name a block. */
static int make_block(struct inode *inode, uint32_t *number, uint32_t near)
{
	int error = ext2_new_block(inode->fs, near, number);

	if (!error)
		inode->disk.sectors += inode->fs->block_size / SECTOR;
	inode->changed = true;
	return error;
}

/* The number at `index` of the block of numbers `table`, made where it is 0 and that is wanted. */
static int number_in(struct inode *inode, uint32_t table, uint32_t index, bool create, uint32_t *number)
{
	struct buffer *buffer;
	void *data;
	int error = ext2_block(inode->fs, table, &buffer, &data);
	uint32_t *place = (uint32_t *)data + index;

	if (error)
		return error;
	if (!*place && create) {
		error = make_block(inode, place, index ? place[-1] + 1 : table + 1);
		cache_changed(buffer, META);
	}
	*number = *place;
	cache_put(buffer);
	return error;
}

static int root_number(struct inode *inode, uint32_t slot, bool create, uint32_t *number)
{
	uint32_t *place = &inode->disk.block[slot];
	uint32_t near = slot && place[-1] ? place[-1] + 1 : 0;
	int error = !*place && create ? make_block(inode, place, near) : 0;

	*number = *place;
	return error;
}

/* Which block holds the file's block `index`: 0 where none does and none is to be made. Too large a file is -E2BIG. */
int inode_block(struct inode *inode, uint32_t index, bool create, uint32_t *block)
{
	uint32_t each = inode->fs->pointers, table;
	int error;

	if (index < DIRECT)
		return root_number(inode, index, create, block);
	index -= DIRECT;
	if (index < each) {
		error = root_number(inode, DIRECT, create, &table);
	} else {
		index -= each;
		if (index >= each * each)
			return -E2BIG;
		error = root_number(inode, DIRECT + 1, create, &table);
		if (!error && table)
			error = number_in(inode, table, index / each, create, &table);
		index %= each;
	}
	*block = 0;
	return error || !table ? error : number_in(inode, table, index, create, block);
}

/* --- bytes --- */

/* How many of `length` bytes from `at` lie in the same block. */
static uint32_t in_block(const struct inode *inode, uint32_t at, uint32_t length)
{
	uint32_t left = inode->fs->block_size - at % inode->fs->block_size;

	return length < left ? length : left;
}

/* Has the disk read on ahead of a reader who goes through the file: what follows in one piece. */
static void read_ahead(struct inode *inode, uint32_t at, uint32_t length)
{
	struct ext2 *fs = inode->fs;
	uint32_t blocks_a_page = PAGE_SIZE / fs->block_size, first, last, end = at + length;

	if (end > inode->disk.size)
		end = inode->disk.size;
	if (end <= at + fs->block_size || inode_block(inode, at / fs->block_size, false, &first) < 0 || !first)
		return;
	if (inode_block(inode, (end - 1) / fs->block_size, false, &last) < 0 || last < first)
		return;
	if (last - first > (end - 1) / fs->block_size - at / fs->block_size + 1)
		return; /* they do not lie together */
	cache_read_ahead(fs->device, first / blocks_a_page, last / blocks_a_page - first / blocks_a_page + 1);
}

static int read_piece(struct inode *inode, uint32_t at, char *buffer, uint32_t length)
{
	uint32_t block;
	struct buffer *from;
	void *data;
	int error = inode_block(inode, at / inode->fs->block_size, false, &block);

	if (error)
		return error;
	if (!block) {
		memset(buffer, 0, length);
		return 0;
	}
	error = ext2_block(inode->fs, block, &from, &data);
	if (error)
		return error;
	memcpy(buffer, (char *)data + at % inode->fs->block_size, length);
	cache_put(from);
	return 0;
}

/* Bytes read, fewer at the end of the file; `ahead` are worth to be brought from the disk in one go. */
int inode_read(struct inode *inode, uint32_t at, char *buffer, uint32_t length, uint32_t ahead)
{
	uint32_t done = 0;

	if (at >= inode->disk.size)
		return 0;
	if (length > inode->disk.size - at)
		length = inode->disk.size - at;
	read_ahead(inode, at, ahead > length ? ahead : length);
	while (done < length) {
		uint32_t piece = in_block(inode, at + done, length - done);
		int error = read_piece(inode, at + done, buffer + done, piece);

		if (error)
			return done ? (int)done : error;
		done += piece;
	}
	return (int)done;
}

static int write_piece(struct inode *inode, uint32_t at, const char *buffer, uint32_t length)
{
	uint32_t block;
	struct buffer *to;
	void *data;
	int error = inode_block(inode, at / inode->fs->block_size, true, &block);

	if (!error)
		error = ext2_block(inode->fs, block, &to, &data);
	if (error)
		return error;
	memcpy((char *)data + at % inode->fs->block_size, buffer, length);
	cache_changed(to, is_folder(inode) ? META : DATA);
	cache_put(to);
	return 0;
}

/* Bytes written; fewer, or an error, where the disk is full. */
int inode_write(struct inode *inode, uint32_t at, const char *buffer, uint32_t length)
{
	uint32_t done = 0;
	int error = 0;

	if (at + length < at || at + length > 0x7fffffff)
		return -E2BIG;
	while (done < length && !error) {
		uint32_t piece = in_block(inode, at + done, length - done);

		error = write_piece(inode, at + done, buffer + done, piece);
		if (!error)
			done += piece;
	}
	if (at + done > inode->disk.size && done)
		inode->disk.size = at + done;
	inode->disk.modify_time = inode->disk.change_time = wall_clock();
	inode->changed = true;
	return done ? (int)done : error;
}

/* --- shorter --- */

/*
 * Frees what `*number` names from its `keep`th block on: a block (level 0), or a block of numbers, itself too where nothing below it is
 * kept.
 */
static void free_tree(struct inode *inode, uint32_t *number, uint32_t level, uint32_t keep)
{
	struct ext2 *fs = inode->fs;
	uint32_t below = 1;
	struct buffer *buffer;
	void *data;

	if (!*number)
		return;
	for (uint32_t i = 1; i < level; i++)
		below *= fs->pointers;
	if (level && ext2_block(fs, *number, &buffer, &data) == 0) {
		for (uint32_t i = keep / below; i < fs->pointers; i++)
			free_tree(inode, (uint32_t *)data + i, level - 1, i == keep / below ? keep % below : 0);
		cache_changed(buffer, META);
		cache_put(buffer);
	}
	if (keep)
		return;
	ext2_free_block(fs, *number);
	inode->disk.sectors -= fs->block_size / SECTOR;
	*number = 0;
}

/* A byte beyond the new end must not come back when the file grows again. */
static int clear_behind(struct inode *inode, uint32_t size)
{
	uint32_t block, within = size % inode->fs->block_size;
	struct buffer *buffer;
	void *data;
	int error;

	if (!within || size >= inode->disk.size)
		return 0;
	error = inode_block(inode, size / inode->fs->block_size, false, &block);
	if (error || !block)
		return error;
	error = ext2_block(inode->fs, block, &buffer, &data);
	if (error)
		return error;
	memset((char *)data + within, 0, inode->fs->block_size - within);
	cache_changed(buffer, DATA);
	cache_put(buffer);
	return 0;
}

/* Makes a file shorter, or longer by bytes that are not there. */
int inode_truncate(struct inode *inode, uint32_t size)
{
	struct ext2 *fs = inode->fs;
	uint32_t keep = (size + fs->block_size - 1) / fs->block_size;
	uint32_t single = DIRECT, twice = DIRECT + fs->pointers;
	int error = clear_behind(inode, size);

	if (error)
		return error;
	for (uint32_t i = keep; i < DIRECT; i++)
		free_tree(inode, &inode->disk.block[i], 0, 0);
	if (keep < twice)
		free_tree(inode, &inode->disk.block[DIRECT], 1, keep > single ? keep - single : 0);
	free_tree(inode, &inode->disk.block[DIRECT + 1], 2, keep > twice ? keep - twice : 0);
	inode->disk.size = size;
	inode->disk.modify_time = inode->disk.change_time = wall_clock();
	inode->changed = true;
	return 0;
}
