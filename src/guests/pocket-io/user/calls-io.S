/* The stubs of the calls that this kernel adds: those of pocket are in its calls.S. */
#include "call-stub.h"
#include "calls-io.h"

	.text
	call_stub execute, CALL_EXECUTE
	call_stub pause, CALL_PAUSE
	call_stub sleep_ms, CALL_SLEEP
	call_stub time_us, CALL_TIME
	call_stub open, CALL_OPEN
	call_stub seek, CALL_SEEK
	call_stub unlink, CALL_UNLINK
	call_stub make_folder, CALL_MAKE_FOLDER
	call_stub read_folder, CALL_READ_FOLDER
	call_stub facts, CALL_FACTS
	call_stub sync, CALL_SYNC
	call_stub truncate, CALL_TRUNCATE
	call_stub disk_load, CALL_DISK_LOAD
