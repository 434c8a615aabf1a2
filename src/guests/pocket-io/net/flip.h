/* Pages that change their owner: see flip.c. */
#pragma once
#include "net.h"

#define FLIPS 64 /* most in one batch */

/* A packet whose page has gone to Xen, or waits to come. */
struct flip {
	struct packet *packet;
	uint32_t mfn; /* taken over: the frame that came */
	uint16_t domain;
	uint32_t ref;
	int16_t status; /* GNTST_*, after flip_away() */
};

void flip_give_back(struct flip *flips, uint32_t count);
void flip_take(struct flip *flips, uint32_t count);
void flip_away(struct flip *flips, uint32_t count);
void flip_fill(struct packet *packet);
