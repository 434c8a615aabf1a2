/* What a program may ask this kernel for, beyond pocket's user.h. Results below 0 are negated error numbers. */
#pragma once
#include "sets.h"
#include "user/user.h"

int execute(const char *command); /* becomes another program: "cat /a"; returns only where it could not */
void pause(void) __attribute__((noreturn)); /* for ever */
void sleep_ms(uint32_t milliseconds);
uint32_t time_us(void);
