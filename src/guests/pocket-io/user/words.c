/* run=words a b c: says what it was started with; with a number first, sleeps so many milliseconds. */
#include "io.h"

void program_words(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		print("words: %d is %s\n", i, argv[i]);
	sleep_ms(5);
	if (argc > 1 && argv[1][0] == 'x')
		execute("words became others");
	exit(argc);
}
PROGRAM(words);
