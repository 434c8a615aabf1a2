/* run=ls [FOLDER]: what is in it, one a line: size, name. */
#include "io.h"

static void show(const char *folder, const struct folder_entry *entry)
{
	char path[200];
	struct file_facts found;
	uint32_t length = strlen(folder);
	int file;

	memcpy(path, folder, length);
	path[length] = '/';
	memcpy(path + length + 1, entry->name, strlen(entry->name) + 1);
	file = open(path, 0);
	if (file < 0 || facts(file, &found) < 0)
		print("%12s %s\n", "?", entry->name);
	else
		print("%12u %s%s\n", found.size, entry->name, found.kind == IS_FOLDER ? "/" : "");
	if (file >= 0)
		close(file);
}

void program_ls(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "/";
	int folder = open_or_exit(path, 0), more;
	struct folder_entry entry;

	while ((more = read_folder(folder, &entry)) > 0)
		show(path, &entry);
	if (more < 0)
		fail("ls", path, more);
	exit(0);
}
PROGRAM(ls);
