/*
 * The client of xenstore: two byte rings in one page (xen/include/public/io/xs_wire.h), on which messages of a header and some bytes
 * travel. Each request has a number, which its reply repeats; so many can be on their way, and events come in between.
 *
 *	processes, threads --> request --> ring --> xenstore
 *	   sleep until answered <-- reply <--.
 *	thread `watches` <-- list of events <-- ring <-- xenstore
 *
 * The event handler puts messages together as their bytes arrive: a reply wakes who asked, an event is kept for the thread.
 */
#include "xenstore.h"

#define barrier() asm volatile("" ::: "memory")
#define MOST_PARTS 4

static volatile struct xenstore_domain_interface *ring;
static struct lock sender; /* a message goes out as a whole */

/* A question on its way. */
struct request {
	struct request *next;
	uint32_t id;
	char *reply;
	uint32_t size; /* of the room for the reply */
	bool answered;
	int result; /* length of the reply, or an error */
};

static struct request *requests;
static uint32_t last_id;

/* The message that is coming in. */
static struct {
	struct xsd_sockmsg header;
	char payload[XENSTORE_PAYLOAD_MAX + 1];
	uint32_t have; /* bytes of both so far */
} incoming;

static struct xenstore_watch *watches;
static uint32_t last_token;

/* What happened to a watched path; the thread `watches` has not looked yet. */
struct event {
	struct event *next;
	struct xenstore_watch *watch;
	uint32_t hash; /* of the path: most others differ */
	char path[XENSTORE_PATH];
};

static struct event *events, **events_end = &events;

bool xenstore_is_there(void)
{
	return ring;
}

static void send_bytes(const void *bytes, uint32_t length)
{
	const uint8_t *from = bytes;
	uint32_t produced = ring->req_prod;

	while (length--) {
		while (produced - ring->req_cons == XENSTORE_RING_SIZE) {
			ring->req_prod = produced;
			event_send(start_info->store_evtchn);
			sleep_on((const void *)&ring);
		}
		ring->req[produced++ % XENSTORE_RING_SIZE] = *from++;
	}
	barrier(); /* first the bytes, then the index that shows them */
	ring->req_prod = produced;
}

static const struct {
	const char *name;
	int number;
} error_names[] = {
	{ "EINVAL", EINVAL }, { "EACCES", EACCES }, { "EEXIST", EEXIST }, { "ENOENT", ENOENT },
	{ "ENOMEM", ENOMEM }, { "ENOSPC", ENOSPC }, { "EIO", EIO },	  { "ENOSYS", ENOSYS },
	{ "EROFS", EROFS },   { "EBUSY", EBUSY },   { "EAGAIN", EAGAIN }, { "E2BIG", E2BIG },
	{ "EPERM", EPERM },
};

static int error_of(const char *name)
{
	for (uint32_t i = 0; i < COUNT(error_names); i++)
		if (!strcmp(error_names[i].name, name))
			return -error_names[i].number;
	return -EINVAL;
}

static void take_reply(void)
{
	struct request **place = &requests, *request;

	while (*place && (*place)->id != incoming.header.req_id)
		place = &(*place)->next;
	request = *place;
	if (!request)
		return; /* nobody's: xenstore answers what was asked, and we gave nothing up */
	*place = request->next;
	if (incoming.header.type == XS_ERROR) {
		request->result = error_of(incoming.payload);
	} else if (incoming.header.len > request->size) {
		request->result = -E2BIG;
	} else {
		memcpy(request->reply, incoming.payload, incoming.header.len);
		request->result = (int)incoming.header.len;
	}
	request->answered = true;
	wake(request);
}

static bool is_kept(const struct xenstore_watch *watch, const char *path, uint32_t hash)
{
	for (const struct event *event = events; event; event = event->next)
		if (event->hash == hash && event->watch == watch && !strcmp(event->path, path))
			return true;
	return false;
}

/* The payload is a path and our token. The same event twice is one; one that finds no memory is lost, and said to be. */
static void take_event(void)
{
	const char *path = incoming.payload;
	uint32_t token = (uint32_t)number_of(path + strlen(path) + 1, 10, NULL);
	struct xenstore_watch *watch = watches;
	struct event *event;
	uint32_t hash;

	while (watch && watch->token != token)
		watch = watch->next;
	hash = text_hash(path);
	if (!watch || strlen(path) >= XENSTORE_PATH || is_kept(watch, path, hash))
		return;
	event = allocate(sizeof(*event));
	if (!event) {
		print("xenstore: no memory for an event of %s\n", path);
		return;
	}
	event->watch = watch;
	event->hash = hash;
	memcpy(event->path, path, strlen(path) + 1);
	*events_end = event;
	events_end = &event->next;
	wake(&events);
	slice_is_over = true;
}

/* One byte more; true when the message is complete. */
static bool take_byte(char byte)
{
	uint32_t header = sizeof(incoming.header);

	if (incoming.have < header)
		((char *)&incoming.header)[incoming.have] = byte;
	else
		incoming.payload[incoming.have - header] = byte;
	incoming.have++;
	if (incoming.have < header)
		return false;
	if (incoming.header.len > XENSTORE_PAYLOAD_MAX)
		panic("xenstore sent a message that is too long");
	return incoming.have == header + incoming.header.len;
}

static void take_messages(void)
{
	uint32_t consumed = ring->rsp_cons, produced = ring->rsp_prod;

	barrier();
	while (consumed != produced) {
		if (!take_byte((char)ring->rsp[consumed++ % XENSTORE_RING_SIZE]))
			continue;
		incoming.payload[incoming.header.len] = 0;
		if (incoming.header.type == XS_WATCH_EVENT)
			take_event();
		else
			take_reply();
		incoming.have = 0;
	}
	barrier();
	ring->rsp_cons = consumed;
	event_send(start_info->store_evtchn);
}

static void xenstore_event(void)
{
	if (ring->rsp_cons != ring->rsp_prod)
		take_messages();
	wake((const void *)&ring); /* there may be room for those who send */
}

/* One piece of a message. */
struct part {
	const char *text;
	uint32_t length;
};

/* Sends a message and sleeps until it is answered; the length of the reply, or an error. */
static int ask(uint32_t type, uint32_t tx, const struct part *parts, uint32_t count, char *reply, uint32_t size)
{
	struct request request = { .next = requests, .id = ++last_id, .reply = reply, .size = size };
	struct xsd_sockmsg header = { .type = type, .req_id = request.id, .tx_id = tx };

	if (!ring)
		return -ENOSYS;
	requests = &request;
	for (uint32_t i = 0; i < count; i++)
		header.len += parts[i].length;
	lock(&sender);
	send_bytes(&header, sizeof(header));
	for (uint32_t i = 0; i < count; i++)
		send_bytes(parts[i].text, parts[i].length);
	unlock(&sender);
	event_send(start_info->store_evtchn);
	while (!request.answered)
		sleep_on(&request);
	return request.result;
}

/* A question about a path, with `value` (not ended by 0) behind it. */
static int ask_path(uint32_t type, uint32_t tx, const char *path, const char *key, const char *value, char *reply,
		    uint32_t size)
{
	struct part parts[MOST_PARTS];
	uint32_t count = 0;

	parts[count++] = (struct part){ path, strlen(path) };
	if (key)
		parts[count++] = (struct part){ "/", 1 };
	parts[count++] = (struct part){ key ? key : "", (key ? strlen(key) : 0) + 1 };
	if (value)
		parts[count++] = (struct part){ value, strlen(value) };
	return ask(type, tx, parts, count, reply, size);
}

static int ask_for_ok(uint32_t type, uint32_t tx, const char *path, const char *key, const char *value)
{
	char ok[4];
	int result = ask_path(type, tx, path, key, value, ok, sizeof(ok));

	return result < 0 ? result : 0;
}

int xenstore_read(uint32_t tx, const char *path, const char *key, char *value, uint32_t size)
{
	int length = ask_path(XS_READ, tx, path, key, NULL, value, size - 1);

	value[length < 0 ? 0 : length] = 0;
	return length;
}

int xenstore_read_number(uint32_t tx, const char *path, const char *key, uint32_t *value)
{
	char text[16];
	const char *end;
	int length = xenstore_read(tx, path, key, text, sizeof(text));

	if (length < 0)
		return length;
	*value = (uint32_t)number_of(text, 10, &end);
	return length && !*end ? 0 : -EINVAL;
}

int xenstore_write(uint32_t tx, const char *path, const char *key, const char *value)
{
	return ask_for_ok(XS_WRITE, tx, path, key, value);
}

int xenstore_write_number(uint32_t tx, const char *path, const char *key, uint32_t value)
{
	char text[12];

	text_format(text, sizeof(text), "%u", value);
	return xenstore_write(tx, path, key, text);
}

int xenstore_make_folder(uint32_t tx, const char *path, const char *key)
{
	return ask_for_ok(XS_MKDIR, tx, path, key, NULL);
}

int xenstore_remove(uint32_t tx, const char *path, const char *key)
{
	return ask_for_ok(XS_RM, tx, path, key, NULL);
}

int xenstore_list(uint32_t tx, const char *path, char *names, uint32_t size)
{
	return ask_path(XS_DIRECTORY, tx, path, NULL, NULL, names, size);
}

int xenstore_let_read(uint32_t tx, const char *path, uint16_t domain)
{
	char owner[8], reader[8], ok[4];
	uint32_t own;
	struct part parts[] = { { path, strlen(path) + 1 }, { owner, 0 }, { reader, 0 } };
	int result = xenstore_read_number(tx, "domid", NULL, &own);

	if (result < 0)
		return result;
	parts[1].length = text_format(owner, sizeof(owner), "n%u", own) + 1;
	parts[2].length = text_format(reader, sizeof(reader), "r%u", domain) + 1;
	result = ask(XS_SET_PERMS, tx, parts, COUNT(parts), ok, sizeof(ok));
	return result < 0 ? result : 0;
}

int xenstore_begin(void)
{
	struct part nothing = { "", 1 };
	char id[12];
	int length = ask(XS_TRANSACTION_START, NO_TRANSACTION, &nothing, 1, id, sizeof(id));

	return length < 0 ? length : (int)number_of(id, 10, NULL);
}

int xenstore_end(uint32_t tx, bool commit)
{
	struct part verdict = { commit ? "T" : "F", 2 };
	char ok[4];
	int result = ask(XS_TRANSACTION_END, tx, &verdict, 1, ok, sizeof(ok));

	return result < 0 ? result : 0;
}

static int ask_watch(uint32_t type, const struct xenstore_watch *watch)
{
	char token[12], ok[4];
	struct part parts[] = {
		{ watch->path, strlen(watch->path) + 1 },
		{ token, text_format(token, sizeof(token), "%u", watch->token) + 1 },
	};
	int result = ask(type, NO_TRANSACTION, parts, 2, ok, sizeof(ok));

	return result < 0 ? result : 0;
}

int xenstore_watch(struct xenstore_watch *watch, const char *path, const char *key)
{
	if (strlen(path) + (key ? strlen(key) + 1 : 0) >= sizeof(watch->path))
		return -E2BIG;
	text_format(watch->path, sizeof(watch->path), key ? "%s/%s" : "%s%s", path, key ? key : "");
	watch->token = ++last_token;
	watch->next = watches;
	watches = watch;
	return ask_watch(XS_WATCH, watch);
}

static void forget_events(const struct xenstore_watch *watch)
{
	struct event **place = &events;

	while (*place) {
		struct event *event = *place;

		if (event->watch != watch) {
			place = &event->next;
			continue;
		}
		*place = event->next;
		release(event);
	}
	events_end = place;
}

void xenstore_unwatch(struct xenstore_watch *watch)
{
	struct xenstore_watch **place = &watches;

	while (*place && *place != watch)
		place = &(*place)->next;
	if (!*place)
		return;
	*place = watch->next;
	forget_events(watch);
	ask_watch(XS_UNWATCH, watch);
}

static void serve_events(void *nothing)
{
	(void)nothing;
	for (;;) {
		struct event *event = events;

		if (!event) {
			sleep_on(&events);
			continue;
		}
		events = event->next;
		if (!events)
			events_end = &events;
		event->watch->changed(event->watch, event->path);
		release(event);
	}
}

static void xenstore_start(void)
{
	if (!start_info->store_evtchn)
		return;
	ring = address_of_frame(start_info->store_mfn);
	event_bind(start_info->store_evtchn, xenstore_event);
	thread_start(serve_events, NULL);
}
DRIVER(2, xenstore_start);
