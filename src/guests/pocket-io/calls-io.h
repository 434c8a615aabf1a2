/* Numbers of the system calls that this kernel adds to those of calls.h. Files 20.., network 40... */
#pragma once

#define CALL_EXECUTE 16
#define CALL_SLEEP 17
#define CALL_TIME 18
#define CALL_PAUSE 19

#define CALL_OPEN 20
#define CALL_SEEK 21
#define CALL_UNLINK 22
#define CALL_MKDIR 23
#define CALL_READDIR 24
#define CALL_STAT 25
#define CALL_SYNC 26
#define CALL_TRUNCATE 27
#define CALL_MOUNT 28
