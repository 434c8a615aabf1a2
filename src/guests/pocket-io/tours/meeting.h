/*
 * meeting.c: two domains that know each other's number and nothing else. Each says words in its own folder of xenstore, which the
 * other may read, and sleeps until the other has said what it waits for. They speak in turns. All of it is for threads.
 */
#pragma once
#include "kernel/io.h"

/* The domain that the option `with` names. */
uint16_t meet(void);

/* The one who begins knows that the other is there. */
void say(const char *word, uint32_t value);
uint32_t heard(const char *word);
/* Sleeps until what the other said is gone from xenstore, as it is once the other is. */
void outlive(const char *word);
