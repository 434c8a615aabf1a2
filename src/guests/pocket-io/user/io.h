/* What a program may ask this kernel for, beyond pocket's user.h. Results below 0 are negated error numbers. */
#pragma once
#include "calls-io.h"
#include "sets.h"
#include "user/user.h"

int execute(const char *command); /* becomes another program: "cat /a"; returns only where it could not */
void pause(void) __attribute__((noreturn)); /* for ever */
void sleep_ms(uint32_t milliseconds);
uint32_t time_us(void);

int open(const char *path, uint32_t flags); /* OPEN_*; a file number */
int seek(int file, uint32_t position);
int unlink(const char *path);
int make_folder(const char *path);
int read_folder(int file, struct folder_entry *entry); /* 1, or 0 at the end */
int facts(int file, struct file_facts *facts);
int sync(int file); /* 0 once what was written is safe */
int truncate(int file, uint32_t size);
int disk_load(struct disk_load *load);

/* support.c */
int open_or_exit(const char *path, uint32_t flags); /* says why and ends the program where it fails */
void fail(const char *what, const char *name, int error) __attribute__((noreturn));
uint32_t number(const char *text, uint32_t otherwise); /* text may be NULL */
const char *error_text(int error);
void *memcpy(void *to, const void *from, size_t length);
void *memset(void *to, int byte, size_t length);
int memcmp(const void *a, const void *b, size_t length);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
