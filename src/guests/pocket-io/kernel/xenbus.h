/*
 * xenbus.c: devices in two halves, a front end in one domain and a back end in another, that find each other through xenstore and go
 * through the states of xen/include/public/io/xenbus.h together. A driver says what to do; when is decided in one place for all.
 *
 * All functions of a driver run in the thread `watches` and may sleep; none runs beside another. Errors are negated numbers.
 */
#pragma once
#include "xenstore.h"

struct xenbus_device {
	struct xenbus_device *next;
	struct xenbus_driver *driver;
	char path[XENSTORE_PATH];  /* our folder: device/vbd/51712, or backend/vbd/2/51712 */
	uint32_t hash; /* of the path: most others differ */
	char other[XENSTORE_PATH]; /* the other end's, absolute */
	uint16_t other_domain;
	uint32_t number; /* the last part of both */
	int state, other_state; /* XenbusState* */
	bool connected; /* between connect() and disconnect() */
	bool live;	/* front ends: live() was called since */
	struct xenstore_watch watch; /* of the other end's state */
	void *data;	 /* the driver's own */
};

struct xenbus_driver {
	const char *kind; /* "vbd", "vif" */
	bool back;
	int published; /* front ends: the state that says that connect() has shared the rings: Initialised, or Connected at once */

	/* A new device. A back end says here what it offers, and is asked again whenever it starts again. */
	int (*probe)(struct xenbus_device *device);
	/*
	 * Front end: the back end is there; share rings and write their keys. Back end: the front end has done so; read the keys, map the
	 * rings, write what the front end must know. A back end may answer -EAGAIN: not yet; it is asked again when a key of its own changes.
	 */
	int (*connect)(struct xenbus_device *device);
	/* Front ends: the back end is Connected too; requests may go out. */
	void (*live)(struct xenbus_device *device);
	/* After connect(): stop, unmap, take pages back. */
	void (*disconnect)(struct xenbus_device *device);
	/* The device goes; free `data`. */
	void (*remove)(struct xenbus_device *device);

	struct xenbus_device *devices; /* those that there are */
	struct xenstore_watch watch;
	struct xenbus_driver *next;
};

void xenbus_register(struct xenbus_driver *driver);
/* Says why a device cannot go on, in xenstore too (error/PATH/error), and closes it. */
void xenbus_fail(struct xenbus_device *device, int error, const char *what);
/* Goes to a state, in a transaction, unless our folder has gone; the error that stopped it, or 0. */
int xenbus_switch(struct xenbus_device *device, int state);
