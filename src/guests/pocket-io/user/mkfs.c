/*
 * run=mkfs DISK: makes an empty ext2 file system, revision 0, blocks of 1 KiB. Each group of 8192 blocks begins with copies of the
 * superblock and of the group descriptors, then its two bitmaps and its table of inodes; the last bits of a bitmap, for what does not
 * exist, are set.
 */
#include "io.h"

#define BLOCK 1024u
#define GROUP 8192u /* blocks, as many as a block has bits */
#define INODE 128u
#define ROOT 2
#define LOST_AND_FOUND 11 /* its inode: the first that is not reserved */
#define LOST_BLOCKS 4
#define MOST_GROUPS 32

static struct {
	uint32_t blocks, groups, inodes; /* inodes a group */
	uint32_t lead; /* blocks of superblock, descriptors, bitmaps and inodes in a group */
	uint32_t folders_at; /* the block of the root folder */
} plan;

static uint32_t words[BLOCK / 4];
static unsigned char *const bytes = (unsigned char *)words;
static int disk;

static void put_block(uint32_t block)
{
	int written;

	seek(disk, block * BLOCK);
	written = write(disk, words, BLOCK);
	if (written != (int)BLOCK)
		fail("mkfs", "the disk", written);
	memset(words, 0, BLOCK);
}

static uint32_t group_start(uint32_t group)
{
	return 1 + group * GROUP;
}

static uint32_t blocks_in(uint32_t group)
{
	uint32_t left = plan.blocks - group_start(group);

	return left < GROUP ? left : GROUP;
}

static uint32_t used_in(uint32_t group)
{
	return plan.lead + (group ? 0 : 1 + LOST_BLOCKS);
}

static uint32_t inodes_used_in(uint32_t group)
{
	return group ? 0 : LOST_AND_FOUND;
}

static void make_plan(uint32_t sectors)
{
	plan.blocks = sectors / 2;
	plan.groups = (plan.blocks - 1 + GROUP - 1) / GROUP;
	if (plan.groups > MOST_GROUPS)
		plan.groups = MOST_GROUPS;
	if (plan.blocks > 1 + plan.groups * GROUP)
		plan.blocks = 1 + plan.groups * GROUP;
	plan.inodes = (blocks_in(0) / 4 + 7) & ~7u;
	if (plan.inodes < 16)
		plan.inodes = 16;
	plan.lead = 1 + 1 + 2 + plan.inodes * INODE / BLOCK;
	if (blocks_in(plan.groups - 1) < plan.lead + 8 && plan.groups > 1) { /* a last group with no room for anything */
		plan.groups--;
		plan.blocks = 1 + plan.groups * GROUP;
	}
	plan.folders_at = group_start(0) + plan.lead;
}

static void put_super(uint32_t block)
{
	uint32_t used = 0;

	for (uint32_t group = 0; group < plan.groups; group++)
		used += used_in(group);
	words[0] = plan.inodes * plan.groups;
	words[1] = plan.blocks;
	words[3] = plan.blocks - 1 - used;
	words[4] = plan.inodes * plan.groups - LOST_AND_FOUND;
	words[5] = 1; /* the first block of the first group */
	words[8] = words[9] = GROUP;
	words[10] = plan.inodes;
	words[13] = 0xffff << 16;     /* mounts before a check: any */
	words[14] = 1 << 16 | 0xef53; /* clean; ext2 */
	words[15] = 1;		      /* errors: go on */
	put_block(block);
}

static void put_descriptors(uint32_t block)
{
	for (uint32_t group = 0; group < plan.groups; group++) {
		uint32_t *descriptor = words + group * 8;

		descriptor[0] = group_start(group) + 2;
		descriptor[1] = descriptor[0] + 1;
		descriptor[2] = descriptor[1] + 1;
		descriptor[3] = (blocks_in(group) - used_in(group)) | (plan.inodes - inodes_used_in(group)) << 16;
		descriptor[4] = group ? 0 : 2; /* folders */
	}
	put_block(block);
}

static void put_bitmap(uint32_t block, uint32_t used, uint32_t there)
{
	for (uint32_t bit = 0; bit < BLOCK * 8; bit++)
		if (bit < used || bit >= there)
			bytes[bit / 8] |= (unsigned char)(1 << bit % 8);
	put_block(block);
}

static void fill_folder_inode(uint32_t number, uint32_t links, uint32_t first, uint32_t blocks)
{
	uint32_t *inode = words + (number - 1) * INODE / 4 % (BLOCK / 4);

	inode[0] = 040755;
	inode[1] = blocks * BLOCK;
	inode[6] = links << 16;
	inode[7] = blocks * (BLOCK / 512);
	for (uint32_t i = 0; i < blocks; i++)
		inode[10 + i] = first + i;
}

static void put_inodes(uint32_t group)
{
	uint32_t first = group_start(group) + 4;

	for (uint32_t i = 0; i < plan.inodes * INODE / BLOCK; i++) {
		if (!group && i == (ROOT - 1) * INODE / BLOCK)
			fill_folder_inode(ROOT, 3, plan.folders_at, 1);
		if (!group && i == (LOST_AND_FOUND - 1) * INODE / BLOCK)
			fill_folder_inode(LOST_AND_FOUND, 2, plan.folders_at + 1, LOST_BLOCKS);
		put_block(first + i);
	}
}

static uint32_t put_entry(uint32_t at, uint32_t inode, const char *name, uint32_t length)
{
	words[at / 4] = inode;
	words[at / 4 + 1] = length | strlen(name) << 16;
	memcpy(bytes + at + 8, name, strlen(name));
	return at + length;
}

static void put_folders(void)
{
	uint32_t at = put_entry(0, ROOT, ".", 12);

	at = put_entry(at, ROOT, "..", 12);
	put_entry(at, LOST_AND_FOUND, "lost+found", BLOCK - at);
	put_block(plan.folders_at);
	at = put_entry(0, LOST_AND_FOUND, ".", 12);
	put_entry(at, ROOT, "..", BLOCK - at);
	put_block(plan.folders_at + 1);
	for (uint32_t i = 1; i < LOST_BLOCKS; i++) {
		put_entry(0, 0, "", BLOCK);
		put_block(plan.folders_at + 1 + i);
	}
}

void program_mkfs(int argc, char **argv)
{
	struct file_facts found;
	int error;

	disk = open_or_exit(argc > 1 ? argv[1] : "/dev/xvda", 0);
	error = facts(disk, &found);
	if (error || found.kind != IS_DISK || found.sectors < 128)
		fail("mkfs", argv[1], error ? error : -22);
	make_plan(found.sectors);
	for (uint32_t group = 0; group < plan.groups; group++) {
		uint32_t start = group_start(group);

		put_super(start);
		put_descriptors(start + 1);
		put_bitmap(start + 2, used_in(group), blocks_in(group));
		put_bitmap(start + 3, inodes_used_in(group), plan.inodes);
		put_inodes(group);
	}
	put_folders();
	error = sync(disk);
	if (error)
		fail("mkfs", argv[1], error);
	print("mkfs: %u blocks of %u bytes, %u inodes\n", plan.blocks, BLOCK, plan.inodes * plan.groups);
	exit(0);
}
PROGRAM(mkfs);
