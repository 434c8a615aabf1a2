/*
 * The two state machines. Whatever happens, an event of the other end's state, of a key of ours, of our folder, leads to the same look at
 * both states, and from there one step on:
 *
 *	back end:  Initialising -> InitWait ----------------------------> Connected -> Closing -> Closed
 *	                             |  offers are written                ^  rings are mapped
 *	                             v                                    |
 *	front end: Initialising ----------> Initialised (a disk) ---------'--> Connected -> Closed
 *	                                    Connected (a network, at once)
 *
 * - A front end whose back end closes goes to Closed at once; one that ends by itself goes through Closing and waits.
 * - Where a state cannot be read, its folder has been removed: as good as Closed.
 * - A back end closes also when the toolstack writes Closing into its folder: the front end sees that and closes first.
 * - A back end that starts again (Initialising or InitWait, while the front end is further on) makes the front end begin anew.
 * - A back end serves while the front end is Initialised: some, like GRUB, never go further.
 */
#include "program.h"
#include "xenbus.h"

#define NAMES 1024 /* bytes of a list of names */

static struct xenbus_driver *drivers;

static const char *folder_of(const struct xenbus_driver *driver)
{
	return driver->back ? "backend" : "device";
}

/* A folder without a state that can be read is Closed to us. */
static int read_state(const char *path)
{
	uint32_t state;

	return xenstore_read_number(NO_TRANSACTION, path, "state", &state) < 0 ? XenbusStateUnknown : (int)state;
}

/* Reads the state first: a folder that the toolstack has removed must not come back by our writing into it. */
static int write_state(struct xenbus_device *device, int state)
{
	int error;

	do {
		int tx = xenstore_begin();
		uint32_t before;

		if (tx < 0)
			return tx;
		error = xenstore_read_number((uint32_t)tx, device->path, "state", &before);
		if (!error)
			error = xenstore_write_number((uint32_t)tx, device->path, "state", (uint32_t)state);
		if (error) {
			xenstore_end((uint32_t)tx, false);
			return error;
		}
		error = xenstore_end((uint32_t)tx, true);
	} while (error == -EAGAIN);
	return error;
}

int xenbus_switch(struct xenbus_device *device, int state)
{
	int error = write_state(device, state);

	device->state = state;
	wake(&device->state);
	return error;
}

static void disconnect(struct xenbus_device *device)
{
	if (!device->connected)
		return;
	device->connected = device->live = false;
	device->driver->disconnect(device);
}

static void close_device(struct xenbus_device *device)
{
	disconnect(device);
	if (device->state != XenbusStateClosed)
		xenbus_switch(device, XenbusStateClosed);
}

void xenbus_fail(struct xenbus_device *device, int error, const char *what)
{
	char path[XENSTORE_PATH], text[XENSTORE_PATH];

	print("xenbus: %s: %s: error %d\n", device->path, what, error);
	text_format(path, sizeof(path), "error/%s", device->path);
	text_format(text, sizeof(text), "%d %s", -error, what);
	xenstore_write(NO_TRANSACTION, path, "error", text);
	disconnect(device);
	xenbus_switch(device, XenbusStateClosing);
}

/* Connects and says so; where that is not possible yet, things stay as they are. */
static void connect(struct xenbus_device *device, int then)
{
	int error = device->driver->connect(device);

	if (error == -EAGAIN)
		return;
	device->connected = true; /* even if it failed half way: disconnect() takes back what there is */
	if (error < 0)
		xenbus_fail(device, error, "connecting");
	else
		xenbus_switch(device, then);
}

static void begin_again(struct xenbus_device *device)
{
	disconnect(device);
	if (device->state != XenbusStateInitialising)
		xenbus_switch(device, XenbusStateInitialising);
}

static void go_live(struct xenbus_device *device)
{
	if (device->state == XenbusStateInitialised)
		xenbus_switch(device, XenbusStateConnected);
	device->live = true;
	device->driver->live(device);
}

static void front_looks(struct xenbus_device *device)
{
	switch (device->other_state) {
	case XenbusStateInitialising:
		begin_again(device);
		break;
	case XenbusStateInitWait:
		if (device->live || device->state >= XenbusStateClosing)
			begin_again(device);
		if (device->state == XenbusStateInitialising)
			connect(device, device->driver->published);
		break;
	case XenbusStateConnected:
		if (device->state == XenbusStateInitialising)
			connect(device, device->driver->published);
		if (device->connected && !device->live)
			go_live(device);
		break;
	case XenbusStateClosing:
	case XenbusStateClosed:
	case XenbusStateUnknown:
		close_device(device);
		break;
	}
}

static void offer(struct xenbus_device *device)
{
	int error = device->driver->probe(device);

	if (error < 0)
		xenbus_fail(device, error, "starting");
	else
		xenbus_switch(device, XenbusStateInitWait);
}

static void back_looks(struct xenbus_device *device)
{
	int said = read_state(device->path);

	if (said == XenbusStateInitialising && device->state != XenbusStateInitialising) {
		disconnect(device); /* somebody wants us to start again */
		device->state = XenbusStateInitialising;
	}
	switch (device->other_state) {
	case XenbusStateInitialising:
		if (device->state == XenbusStateConnected || (device->state == XenbusStateClosed && said == XenbusStateClosed))
			device->state = XenbusStateInitialising; /* the front end begins anew */
		disconnect(device);
		if (device->state == XenbusStateInitialising)
			offer(device);
		break;
	case XenbusStateInitialised:
	case XenbusStateConnected:
		if (device->state == XenbusStateInitialising)
			offer(device);
		else if (device->state == XenbusStateInitWait)
			connect(device, XenbusStateConnected);
		break;
	case XenbusStateClosing:
		disconnect(device);
		if (device->state != XenbusStateClosing)
			xenbus_switch(device, XenbusStateClosing);
		break;
	case XenbusStateClosed:
	case XenbusStateUnknown:
		if (device->state == XenbusStateInitialising && device->other_state == XenbusStateClosed)
			offer(device); /* we start again, and the front end waits for that */
		else if (device->state != XenbusStateInitWait || device->other_state == XenbusStateUnknown)
			close_device(device);
		break;
	}
}

static void look(struct xenbus_device *device)
{
	device->other_state = read_state(device->other);
	if (device->driver->back)
		back_looks(device);
	else
		front_looks(device);
}

static void other_changed(struct xenstore_watch *watch, const char *path)
{
	(void)path;
	look(CONTAINER(watch, struct xenbus_device, watch));
}

/* --- devices come and go --- */

static struct xenbus_device *find(struct xenbus_driver *driver, const char *path)
{
	uint32_t hash = text_hash(path);

	for (struct xenbus_device *device = driver->devices; device; device = device->next)
		if (device->hash == hash && !strcmp(device->path, path))
			return device;
	return NULL;
}

/* Reads who and where the other end is. */
static int find_other(struct xenbus_device *device)
{
	bool back = device->driver->back;
	uint32_t domain;
	int error = xenstore_read_number(NO_TRANSACTION, device->path, back ? "frontend-id" : "backend-id", &domain);

	if (error < 0)
		return error;
	device->other_domain = (uint16_t)domain;
	error = xenstore_read(NO_TRANSACTION, device->path, back ? "frontend" : "backend", device->other, sizeof(device->other));
	return error < 0 ? error : 0;
}

static uint32_t last_number(const char *path)
{
	const char *last = path;

	for (; *path; path++)
		if (*path == '/')
			last = path + 1;
	return (uint32_t)number_of(last, 10, NULL);
}

static void add(struct xenbus_driver *driver, const char *path)
{
	struct xenbus_device *device = allocate(sizeof(*device));
	int error;

	if (!device)
		return;
	device->driver = driver;
	device->state = XenbusStateInitialising;
	device->number = last_number(path);
	memcpy(device->path, path, strlen(path) + 1);
	device->hash = text_hash(path);
	error = find_other(device);
	if (!error && !driver->back)
		error = driver->probe(device);
	if (error < 0) {
		print("xenbus: %s: no device, error %d\n", path, error);
		release(device);
		return;
	}
	device->next = driver->devices;
	driver->devices = device;
	device->watch.changed = other_changed;
	if (driver->back)
		offer(device);
	xenstore_watch(&device->watch, device->other, "state");
}

static void forget(struct xenbus_device *device)
{
	struct xenbus_device **place = &device->driver->devices;

	xenstore_unwatch(&device->watch);
	disconnect(device);
	while (*place != device)
		place = &(*place)->next;
	*place = device->next;
	device->driver->remove(device);
	release(device);
}

/* Keys that others than we write into our folder, or that something waits for. */
static bool is_of_interest(const char *key)
{
	static const char *const keys[] = { "", "state", "online", "physical-device", "hotplug-status" };

	for (uint32_t i = 0; i < COUNT(keys); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

/* Something about a device's folder: it is new, it has gone, or one of the keys of interest changed. */
static void device_changed(struct xenbus_driver *driver, const char *path, const char *key)
{
	struct xenbus_device *device;
	bool there;
	uint32_t state;

	if (!is_of_interest(key))
		return;
	device = find(driver, path);
	there = xenstore_read_number(NO_TRANSACTION, path, "state", &state) == 0;
	if (!device && there && (driver->back || state == XenbusStateInitialising))
		add(driver, path);
	else if (device && !there)
		forget(device);
	else if (device && driver->back)
		look(device);
}

/* Calls for each folder that is `levels` below `path`. */
static void each_folder(struct xenbus_driver *driver, const char *path, int levels)
{
	char *names, below[XENSTORE_PATH];
	int length;

	if (!levels) {
		device_changed(driver, path, "");
		return;
	}
	names = allocate(NAMES);
	length = names ? xenstore_list(NO_TRANSACTION, path, names, NAMES) : -ENOMEM;
	for (int at = 0; at < length; at += (int)strlen(names + at) + 1) {
		text_format(below, sizeof(below), "%s/%s", path, names + at);
		each_folder(driver, below, levels - 1);
	}
	release(names);
}

/* Something at or below device/KIND or backend/KIND: a path of a folder that holds devices, of a device, or of a key of one. */
static void folder_changed(struct xenstore_watch *watch, const char *path)
{
	struct xenbus_driver *driver = CONTAINER(watch, struct xenbus_driver, watch);
	int levels = driver->back ? 2 : 1; /* how far below are the devices */
	char device[XENSTORE_PATH];
	const char *at = path + strlen(watch->path);

	while (levels && *at == '/') {
		levels--;
		for (at++; *at && *at != '/'; at++)
			;
	}
	memcpy(device, path, (size_t)(at - path));
	device[at - path] = 0;
	if (levels)
		for (struct xenbus_device *each = driver->devices, *next; each; each = next) {
			next = each->next; /* a folder of several devices may have gone at once */
			if (starts_with(each->path, device))
				device_changed(driver, each->path, "");
		}
	if (levels)
		each_folder(driver, device, levels);
	else
		device_changed(driver, device, *at ? at + 1 : "");
}

void xenbus_register(struct xenbus_driver *driver)
{
	driver->next = drivers;
	drivers = driver;
	driver->watch.changed = folder_changed;
	if (xenstore_is_there())
		xenstore_watch(&driver->watch, folder_of(driver), driver->kind);
}

/* --- the end --- */

#define PATIENCE (100 * MILLISECOND)

/* Closing, then, once the back end has seen it, Closed. */
static void close_front(struct xenbus_device *device)
{
	uint64_t patience = system_time() + PATIENCE;

	disconnect(device);
	if (device->state == XenbusStateClosed || xenbus_switch(device, XenbusStateClosing) < 0)
		return;
	while (device->state != XenbusStateClosed && sleep_until(&device->state, patience))
		;
}

/* Front ends close before the domain goes. */
static void close_fronts(void)
{
	for (struct xenbus_driver *driver = drivers; driver; driver = driver->next)
		for (struct xenbus_device *device = driver->devices; device && !driver->back; device = device->next)
			close_front(device);
}

static struct ending ending = { .finish = close_fronts };

static void xenbus_start(void)
{
	when_ending(&ending);
}
DRIVER(3, xenbus_start);
