/*
 * Folders: files of entries, each an inode's number and a name, whose lengths lead from one to the next and never across a block. An
 * entry that is removed is joined to the one before it; a new one goes where an entry is longer than it has to be.
 */
#include "ext2.h"

#define HEADER 8 /* bytes of an entry before its name */
#define MOST_NAME 255

static uint32_t length_for(uint32_t name)
{
	return (HEADER + name + 3) & ~3u;
}

/* Gets the block of a folder at `position`, a multiple of the block size. */
static int folder_block(struct inode *folder, uint32_t position, struct buffer **buffer, char **data)
{
	uint32_t block;
	void *found;
	int error = inode_block(folder, position / folder->fs->block_size, false, &block);

	if (!error && !block)
		error = -EIO;
	if (!error)
		error = ext2_block(folder->fs, block, buffer, &found);
	*data = found;
	return error;
}

/* An entry of a block, or NULL where what stands there cannot be one. */
static struct ext2_entry *entry_at(const struct ext2 *fs, char *data, uint32_t at)
{
	struct ext2_entry *entry = (struct ext2_entry *)(data + at);

	if (at + HEADER > fs->block_size || entry->length < HEADER || entry->length % 4 || at + entry->length > fs->block_size)
		return NULL;
	return HEADER + entry->name_length <= entry->length ? entry : NULL;
}

/* What is looked for in a block: returns the place of the entry, and of the one before it, or -1. */
static int find_in_block(const struct ext2 *fs, char *data, const char *name, uint32_t length, int *before)
{
	struct ext2_entry *entry;

	*before = -1;
	for (uint32_t at = 0; at < fs->block_size; at += entry->length) {
		entry = entry_at(fs, data, at);
		if (!entry)
			return -1;
		if (entry->inode && entry->name_length == length && !memcmp(entry->name, name, length))
			return (int)at;
		*before = (int)at;
	}
	return -1;
}

int folder_find(struct inode *folder, const char *name, uint32_t length, uint32_t *number)
{
	for (uint32_t position = 0; position < folder->disk.size; position += folder->fs->block_size) {
		struct buffer *buffer;
		char *data;
		int before, at, error = folder_block(folder, position, &buffer, &data);

		if (error)
			return error;
		at = find_in_block(folder->fs, data, name, length, &before);
		if (at >= 0)
			*number = ((struct ext2_entry *)(data + at))->inode;
		cache_put(buffer);
		if (at >= 0)
			return 0;
	}
	return -ENOENT;
}

static void fill(struct ext2_entry *entry, const char *name, uint32_t length, const struct inode *inode)
{
	entry->inode = inode->number;
	entry->name_length = (uint8_t)length;
	entry->kind = inode->fs->kinds ? (is_folder(inode) ? 2 : 1) : 0;
	memcpy(entry->name, name, length);
}

/* Puts an entry where one of the block has room behind its own name, or is unused; false where none has. */
static bool squeeze_in(const struct ext2 *fs, char *data, const char *name, uint32_t length, const struct inode *inode)
{
	struct ext2_entry *entry;

	for (uint32_t at = 0; at < fs->block_size; at += entry->length) {
		uint32_t used;

		entry = entry_at(fs, data, at);
		if (!entry)
			return false;
		used = entry->inode ? length_for(entry->name_length) : 0;
		if (entry->length - used < length_for(length))
			continue;
		if (used) {
			struct ext2_entry *behind = (struct ext2_entry *)(data + at + used);

			behind->length = (uint16_t)(entry->length - used);
			entry->length = (uint16_t)used;
			entry = behind;
		}
		fill(entry, name, length, inode);
		return true;
	}
	return false;
}

static void folder_changed(struct inode *folder)
{
	folder->disk.flags &= ~(uint32_t)EXT2_INDEXED;
	folder->disk.modify_time = folder->disk.change_time = wall_clock();
	folder->changed = true;
}

/* A folder grows by a block with one entry. */
static int append(struct inode *folder, const char *name, uint32_t length, const struct inode *inode)
{
	uint32_t block;
	struct buffer *buffer;
	void *data;
	int error = inode_block(folder, folder->disk.size / folder->fs->block_size, true, &block);

	if (!error)
		error = ext2_block(folder->fs, block, &buffer, &data);
	if (error)
		return error;
	((struct ext2_entry *)data)->length = (uint16_t)folder->fs->block_size;
	fill(data, name, length, inode);
	cache_changed(buffer, META);
	cache_put(buffer);
	folder->disk.size += folder->fs->block_size;
	return 0;
}

/* Names an inode. The name must not be there. */
int folder_add(struct inode *folder, const char *name, uint32_t length, const struct inode *inode)
{
	if (!length || length > MOST_NAME)
		return -ENAMETOOLONG;
	folder_changed(folder);
	for (uint32_t position = 0; position < folder->disk.size; position += folder->fs->block_size) {
		struct buffer *buffer;
		char *data;
		int error = folder_block(folder, position, &buffer, &data);
		bool done;

		if (error)
			return error;
		done = squeeze_in(folder->fs, data, name, length, inode);
		if (done)
			cache_changed(buffer, META);
		cache_put(buffer);
		if (done)
			return 0;
	}
	return append(folder, name, length, inode);
}

int folder_remove(struct inode *folder, const char *name, uint32_t length)
{
	for (uint32_t position = 0; position < folder->disk.size; position += folder->fs->block_size) {
		struct buffer *buffer;
		struct ext2_entry *entry;
		char *data;
		int before, at, error = folder_block(folder, position, &buffer, &data);

		if (error)
			return error;
		at = find_in_block(folder->fs, data, name, length, &before);
		if (at < 0) {
			cache_put(buffer);
			continue;
		}
		entry = (struct ext2_entry *)(data + at);
		entry->inode = 0;
		if (before >= 0) {
			struct ext2_entry *joined = (struct ext2_entry *)(data + before);

			joined->length = (uint16_t)(joined->length + entry->length);
		}
		cache_changed(buffer, META);
		cache_put(buffer);
		folder_changed(folder);
		return 0;
	}
	return -ENOENT;
}

/* The next entry from `*position` on, which moves behind it: the length of its name, 0 at the end, or an error. */
int folder_next(struct inode *folder, uint32_t *position, char *name, uint32_t size, uint32_t *number)
{
	uint32_t block_size = folder->fs->block_size;

	while (*position < folder->disk.size) {
		struct buffer *buffer;
		struct ext2_entry *entry;
		char *data;
		uint32_t length;
		int error = folder_block(folder, *position / block_size * block_size, &buffer, &data);

		if (error)
			return error;
		entry = entry_at(folder->fs, data, *position % block_size);
		if (!entry) {
			cache_put(buffer);
			return -EIO;
		}
		*position += entry->length;
		*number = entry->inode;
		length = entry->name_length < size ? entry->name_length : size - 1;
		memcpy(name, entry->name, length);
		name[length] = 0;
		cache_put(buffer);
		if (*number)
			return (int)length;
	}
	return 0;
}

/* Whether there is nothing in it but itself and its parent. */
bool folder_is_empty(struct inode *folder)
{
	uint32_t position = 0, number;
	char name[4];
	int length;

	while ((length = folder_next(folder, &position, name, sizeof(name), &number)) > 0)
		if (strcmp(name, ".") && strcmp(name, ".."))
			return false;
	return !length;
}

/* The first two entries of a new folder. */
int folder_begin(struct inode *folder, uint32_t parent)
{
	const struct inode above = { .fs = folder->fs, .number = parent, .disk = { .mode = EXT2_FOLDER } };
	int error = folder_add(folder, ".", 1, folder);

	return error ? error : folder_add(folder, "..", 2, &above);
}
