/* What a program may ask the kernel for. */
#pragma once
#include <stddef.h>
#include <stdint.h>

void exit(int status) __attribute__((noreturn));
int fork(void);
int wait(int *status);
int read(int file, void *buffer, uint32_t length);
int write(int file, const void *buffer, uint32_t length);
int pipe(int files[2]);
int close(int file);
void *grow(uint32_t bytes);	 /* moves the end of the heap; the old end */
int id(void);
void yield(void);
uint32_t faults(void);	  /* page faults served for this process so far */
uint32_t preempted(void); /* how often the timer took the processor from it */

void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
