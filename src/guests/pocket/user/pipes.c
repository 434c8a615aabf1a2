/* run=pipes: a number goes to and fro between two processes, one more each time. */
#include "user.h"

#define ROUNDS 20

static void pong(int from, int to)
{
	int ball;

	while (read(from, &ball, sizeof(ball)) == sizeof(ball)) {
		ball++;
		write(to, &ball, sizeof(ball));
	}
	exit(0);
}

void program_pipes(void)
{
	int there[2], back[2], ball = 0;

	pipe(there);
	pipe(back);
	if (fork() == 0) {
		close(there[1]);
		close(back[0]);
		pong(there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	for (int i = 0; i < ROUNDS; i++) {
		write(there[1], &ball, sizeof(ball));
		read(back[0], &ball, sizeof(ball));
		if (i == 0)
			print("pipes: after the first round the ball says %d\n", ball);
	}
	print("pipes: after %d rounds it says %d\n", ROUNDS, ball);
	close(there[1]); /* the other side reads nothing any more, and ends */
	wait(NULL);
	exit(0);
}
