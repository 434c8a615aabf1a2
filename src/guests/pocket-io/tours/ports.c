/*
 * tour=ports: what becomes of the signals of one event channel, that of the disk xvda. The kernel signals more often than anybody listens; it
 * masks the port while an answer is on its way, and opens it again in two ways, of which only one has Xen look.
 */
#include "kernel/block.h"
#include "kernel/xenstore.h"

#define REST (10 * MILLISECOND) /* longer than a disk takes for a sector */
#define PATIENCE (20 * MILLISECOND)
#define SIGNALS 3

static struct block_device *disk;
static char *page;
static uint32_t port;
static bool answered;

static void on_answer(struct block_request *request, int error)
{
	(void)request, (void)error;
	answered = true;
	wake(&answered);
}

/* Asks for the first sector of the disk. */
static void ask(void)
{
	static struct block_request request;

	request = (struct block_request){ .operation = BLOCK_READ, .done = on_answer };
	block_add_segment(&request, page, 1);
	answered = false;
	disk->submit(disk, &request);
}


static void rest(void)
{
	sleep_until(&port, system_time() + REST);
}

static void mask(void)
{
	asm volatile("lock bts %1, %0" : "+m"(shared_info.evtchn_mask[port / 32]) : "r"(port % 32) : "memory");
}

static void unmask_by_hand(void)
{
	asm volatile("lock btr %1, %0" : "+m"(shared_info.evtchn_mask[port / 32]) : "r"(port % 32) : "memory");
}

static void unmask_by_xen(void)
{
	struct evtchn_unmask op = { .port = port };

	event_channel_op(EVTCHNOP_unmask, &op);
}

/*
 * Sleeps until the answer has been seen; for how many microseconds. Whoever loses patience has been told of the time, and that is an event, too,
 * by which others of its word are found: if their ports are open.
 */
static uint32_t await(void)
{
	uint64_t from = system_time();

	while (!answered) {
		sleep_until(&answered, system_time() + PATIENCE);
		unmask_by_hand();
	}
	return (uint32_t)(system_time() - from) / 1000;
}

/* An answer arrives at a masked port, which is then opened; how long it takes until it is seen. */
static uint32_t opened(void (*unmask)(void))
{
	mask();
	ask();
	rest();
	unmask();
	return await();
}

static void tour_ports(void)
{
	uint32_t by_hand, by_xen;

	if (!option("tour") || strcmp(option("tour"), "ports"))
		return;
	disk = block_named("xvda");
	page = page_allocate();
	if (!disk || !page || xenstore_read_number(NO_TRANSACTION, "device/vbd/51712", "event-channel", &port) < 0)
		panic("the tour needs a disk xvda of another domain");
	ask();
	await();
	for (uint32_t i = 0; i < SIGNALS; i++)
		event_send(port);
	rest();
	by_hand = opened(unmask_by_hand);
	by_xen = opened(unmask_by_xen);
	print("ports: an answer seen %u us after the port was opened by hand, %u us after Xen was asked to\n", by_hand, by_xen);
	power_off();
}
DRIVER(9, tour_ports);
