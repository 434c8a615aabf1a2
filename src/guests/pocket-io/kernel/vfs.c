/*
 * Paths, open files and their system calls.
 *
 *	/folder/file	    on the root disk: `root=NAME` on the command line, or the first disk there is
 *	xvdb:/folder/file   on another disk
 *	/dev/xvda	    the disk itself, as bytes
 *
 * A path is found anew for each call; nothing of it is remembered but the inodes of open files.
 */
#include "calls-io.h"
#include "ext2.h"
#include "file.h"

#define PATH 128
#define MODE_FILE (EXT2_FILE | 0644)
#define READ_AHEAD 32768u /* bytes, of a file that is read in order */
#define MODE_FOLDER (EXT2_FOLDER | 0755)

/* --- finding --- */

static struct block_device *root_disk(void)
{
	const char *name = option("root");

	return name ? block_named(name) : block_first();
}

/* The file system that a path is on; what is left of the path begins with a `/`. */
static int find_disk(char *path, struct ext2 **fs, char **rest)
{
	struct block_device *device;
	char *colon = path;

	while (*colon && *colon != ':' && *colon != '/')
		colon++;
	*rest = path;
	if (*colon == ':') {
		*colon = 0;
		*rest = colon + 1;
		device = block_named(path);
	} else {
		device = root_disk();
	}
	return device ? ext2_mount(device, fs) : -ENODEV;
}

static uint32_t word_length(const char *path)
{
	uint32_t length = 0;

	while (path[length] && path[length] != '/')
		length++;
	return length;
}

static const char *skip_slashes(const char *path)
{
	while (*path == '/')
		path++;
	return path;
}

/*
 * Goes down a path; its last inode. With `last`, stops before the last name, which goes there: the inode is the folder that holds it, or
 * would.
 */
static int walk(struct ext2 *fs, const char *path, struct inode **inode, const char **last)
{
	int error = inode_get(fs, EXT2_ROOT, inode);

	for (path = skip_slashes(path); !error && *path;) {
		uint32_t length = word_length(path), number;
		const char *next = skip_slashes(path + length);

		if (!is_folder(*inode))
			error = -ENOTDIR;
		else if (last && !*next)
			break;
		else
			error = folder_find(*inode, path, length, &number);
		inode_put(*inode);
		if (!error)
			error = inode_get(fs, number, inode);
		path = next;
	}
	if (!error && last)
		*last = path;
	return error;
}

/* --- open files --- */

static uint32_t worth_reading(const struct file *file)
{
	return file->position == file->expected ? READ_AHEAD : 0;
}

static int read_inode(struct file *file, char *buffer, uint32_t length)
{
	struct inode *inode = file->object;
	int count;

	file_touch(buffer, length, true);
	lock(&inode->fs->lock);
	count = is_folder(inode) ? -EISDIR : inode_read(inode, file->position, buffer, length, worth_reading(file));
	unlock(&inode->fs->lock);
	if (count > 0)
		file->position += (uint32_t)count;
	file->expected = file->position;
	return count;
}

static int write_inode(struct file *file, const char *buffer, uint32_t length)
{
	struct inode *inode = file->object;
	int count;

	file_touch(buffer, length, false);
	lock(&inode->fs->lock);
	if (is_folder(inode))
		count = -EISDIR;
	else
		count = inode->fs->writable ? inode_write(inode, file->position, buffer, length) : -EROFS;
	unlock(&inode->fs->lock);
	if (count > 0)
		file->position += (uint32_t)count;
	return count;
}

static void close_inode(struct file *file)
{
	struct inode *inode = file->object;
	struct ext2 *fs = inode->fs;

	lock(&fs->lock);
	inode_put(inode);
	unlock(&fs->lock);
}

static const struct file_kind inode_kind = { .read = read_inode, .write = write_inode, .close = close_inode };

/* Bytes of a disk, a page at a time. */
static int disk_bytes(struct file *file, char *to, const char *from, uint32_t length)
{
	struct block_device *device = file->object;
	uint64_t size = device->sectors * SECTOR;
	uint32_t done = 0;

	while (done < length && file->position < size) {
		uint32_t within = file->position % PAGE_SIZE, piece = PAGE_SIZE - within;
		struct buffer *buffer;
		int error;

		if (piece > length - done)
			piece = length - done;
		if (piece > size - file->position)
			piece = (uint32_t)(size - file->position);
		error = cache_get(device, file->position / PAGE_SIZE, &buffer);
		if (error)
			return done ? (int)done : error;
		if (to) {
			memcpy(to + done, buffer->data + within, piece);
		} else {
			memcpy(buffer->data + within, from + done, piece);
			cache_changed(buffer, DATA);
		}
		cache_put(buffer);
		file->position += piece;
		done += piece;
	}
	return (int)done;
}

static int read_disk(struct file *file, char *buffer, uint32_t length)
{
	uint32_t ahead = worth_reading(file);
	int count;

	file_touch(buffer, length, true);
	cache_read_ahead(file->object, file->position / PAGE_SIZE, (ahead > length ? ahead : length) / PAGE_SIZE);
	count = disk_bytes(file, buffer, NULL, length);
	file->expected = file->position;
	return count;
}

static int write_disk(struct file *file, const char *buffer, uint32_t length)
{
	struct block_device *device = file->object;

	file_touch(buffer, length, false);
	return device->readonly ? -EROFS : disk_bytes(file, NULL, buffer, length);
}

static const struct file_kind disk_kind = { .read = read_disk, .write = write_disk };

static int open_disk(const char *name)
{
	struct block_device *device = block_named(name);

	return device ? file_give(&disk_kind, device) : -ENODEV;
}

static int create(struct ext2 *fs, struct inode *folder, const char *name, uint16_t mode, struct inode **inode)
{
	uint32_t length = word_length(name);
	int error = fs->writable ? inode_new(fs, mode, inode) : -EROFS;

	if (error)
		return error;
	error = folder_add(folder, name, length, *inode);
	if (error) {
		(*inode)->disk.links = 0;
		inode_put(*inode);
	}
	return error;
}

/* The inode of a path, made where it is not there and that is wanted. */
static int find_or_create(struct ext2 *fs, const char *path, uint32_t flags, struct inode **inode)
{
	struct inode *folder;
	const char *last;
	int error = walk(fs, path, inode, NULL);

	if (error != -ENOENT || !(flags & OPEN_CREATE))
		return error;
	error = walk(fs, path, &folder, &last);
	if (error)
		return error;
	error = create(fs, folder, last, MODE_FILE, inode);
	inode_put(folder);
	return error;
}

static int open_inode(struct ext2 *fs, const char *path, uint32_t flags)
{
	struct inode *inode;
	int number, error = find_or_create(fs, path, flags, &inode);

	if (error)
		return error;
	if (flags & OPEN_TRUNCATE && !is_folder(inode))
		error = fs->writable ? inode_truncate(inode, 0) : -EROFS;
	number = error ? error : file_give(&inode_kind, inode);
	if (number < 0)
		inode_put(inode);
	else if (flags & OPEN_APPEND)
		file_numbered(number)->position = inode->disk.size;
	return number;
}

/* --- system calls --- */

/* What most of them begin with: a path in EBX, whose disk gets locked; release it by unlock(&(*fs)->lock). */
static int begin_path(struct frame *frame, char path[PATH], struct ext2 **fs, char **rest)
{
	int error = text_from_user(path, PATH, frame->ebx);

	if (error >= 0)
		error = find_disk(path, fs, rest);
	if (error < 0)
		return error;
	lock(&(*fs)->lock);
	return 0;
}

/* open(path, flags): a file number. */
static int sys_open(struct frame *frame)
{
	char path[PATH], *rest;
	struct ext2 *fs;
	int result = text_from_user(path, PATH, frame->ebx);

	if (result < 0)
		return result;
	if (starts_with(path, "/dev/"))
		return open_disk(path);
	result = begin_path(frame, path, &fs, &rest);
	if (result < 0)
		return result;
	result = open_inode(fs, rest, frame->ecx);
	unlock(&fs->lock);
	return result;
}
SYSTEM_CALL(CALL_OPEN, sys_open);

static struct file *file_of(int number, const struct file_kind *kind)
{
	struct file *file = file_numbered(number);

	return file && file->kind == kind ? file : NULL;
}

/* seek(file, position): the new position, from the beginning. */
static int sys_seek(struct frame *frame)
{
	struct file *file = file_numbered((int)frame->ebx);

	if (!file || (file->kind != &inode_kind && file->kind != &disk_kind))
		return -EBADF;
	if (frame->ecx > 0x7fffffff)
		return -EINVAL;
	file->position = frame->ecx;
	return (int)file->position;
}
SYSTEM_CALL(CALL_SEEK, sys_seek);

/* Takes a name away; of a folder only where it is empty. */
static int unlink_in(struct inode *folder, const char *name)
{
	uint32_t length = word_length(name), number;
	struct inode *inode;
	int error = folder_find(folder, name, length, &number);

	if (!error)
		error = inode_get(folder->fs, number, &inode);
	if (error)
		return error;
	if (is_folder(inode) && (!folder_is_empty(inode) || number == EXT2_ROOT || name[0] == '.'))
		error = -ENOTEMPTY;
	else
		error = folder_remove(folder, name, length);
	if (!error) {
		inode->disk.links--;
		inode->changed = true;
		if (is_folder(inode)) { /* its own `.` and its `..` */
			inode->disk.links = 0;
			folder->disk.links--;
		}
	}
	inode_put(inode);
	return error;
}

static int sys_unlink(struct frame *frame)
{
	char path[PATH], *rest;
	struct ext2 *fs;
	struct inode *folder;
	const char *last;
	int error = begin_path(frame, path, &fs, &rest);

	if (error)
		return error;
	error = fs->writable ? walk(fs, rest, &folder, &last) : -EROFS;
	if (!error) {
		error = *last ? unlink_in(folder, last) : -EINVAL;
		inode_put(folder);
	}
	unlock(&fs->lock);
	return error;
}
SYSTEM_CALL(CALL_UNLINK, sys_unlink);

static int make_folder_in(struct inode *parent, const char *name)
{
	struct inode *folder;
	uint32_t number;
	int error = folder_find(parent, name, word_length(name), &number);

	if (error != -ENOENT)
		return error ? error : -EEXIST;
	error = create(parent->fs, parent, name, MODE_FOLDER, &folder);
	if (error)
		return error;
	error = folder_begin(folder, parent->number);
	folder->disk.links = 2;
	parent->disk.links++;
	parent->changed = true;
	inode_put(folder);
	return error;
}

static int sys_make_folder(struct frame *frame)
{
	char path[PATH], *rest;
	struct ext2 *fs;
	struct inode *parent;
	const char *last;
	int error = begin_path(frame, path, &fs, &rest);

	if (error)
		return error;
	error = walk(fs, rest, &parent, &last);
	if (!error) {
		error = *last ? make_folder_in(parent, last) : -EEXIST;
		inode_put(parent);
	}
	unlock(&fs->lock);
	return error;
}
SYSTEM_CALL(CALL_MAKE_FOLDER, sys_make_folder);

/* read_folder(file, entry): 1, or 0 at the end. */
static int sys_read_folder(struct frame *frame)
{
	struct file *file = file_of((int)frame->ebx, &inode_kind);
	struct folder_entry entry;
	struct inode *folder;
	int length;

	if (!file || !is_folder(file->object))
		return -ENOTDIR;
	if (!user_range(frame->ecx, sizeof(entry), true))
		return -EFAULT;
	folder = file->object;
	lock(&folder->fs->lock);
	length = folder_next(folder, &file->position, entry.name, sizeof(entry.name), &entry.inode);
	unlock(&folder->fs->lock);
	if (length > 0)
		memcpy((void *)frame->ecx, &entry, sizeof(entry));
	return length > 0 ? 1 : length;
}
SYSTEM_CALL(CALL_READ_FOLDER, sys_read_folder);

/* facts(file, facts). */
static int sys_facts(struct frame *frame)
{
	struct file *file = file_numbered((int)frame->ebx);
	struct file_facts facts = { .kind = IS_DISK };

	if (!file || !user_range(frame->ecx, sizeof(facts), true))
		return file ? -EFAULT : -EBADF;
	if (file->kind == &inode_kind) {
		const struct inode *inode = file->object;

		facts = (struct file_facts){ is_folder(inode) ? IS_FOLDER : IS_FILE, inode->number, inode->disk.size,
					     inode->disk.links, inode->disk.sectors };
	} else if (file->kind == &disk_kind) {
		facts.sectors = (uint32_t)((struct block_device *)file->object)->sectors;
		facts.size = facts.sectors * SECTOR;
	} else {
		return -EINVAL;
	}
	memcpy((void *)frame->ecx, &facts, sizeof(facts));
	return 0;
}
SYSTEM_CALL(CALL_FACTS, sys_facts);

/* sync(file): 0 once all that was written before is safe, of the whole disk that the file is on. */
static int sys_sync(struct frame *frame)
{
	struct file *file = file_numbered((int)frame->ebx);
	struct inode *inode;
	int error;

	if (!file)
		return -EBADF;
	if (file->kind == &disk_kind)
		return cache_sync(file->object);
	if (file->kind != &inode_kind)
		return -EINVAL;
	inode = file->object;
	lock(&inode->fs->lock);
	error = ext2_sync(inode->fs);
	unlock(&inode->fs->lock);
	return error;
}
SYSTEM_CALL(CALL_SYNC, sys_sync);

/* truncate(file, size). */
static int sys_truncate(struct frame *frame)
{
	struct file *file = file_of((int)frame->ebx, &inode_kind);
	struct inode *inode;
	int error;

	if (!file || is_folder(file->object) || frame->ecx > 0x7fffffff)
		return file ? -EINVAL : -EBADF;
	inode = file->object;
	lock(&inode->fs->lock);
	error = inode->fs->writable ? inode_truncate(inode, frame->ecx) : -EROFS;
	unlock(&inode->fs->lock);
	return error;
}
SYSTEM_CALL(CALL_TRUNCATE, sys_truncate);
