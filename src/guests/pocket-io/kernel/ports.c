/* Event channels to other domains, and handlers that know what they are for. */
#include "io.h"

uint32_t served_port; /* whose handler runs: event.c sets it */

static struct {
	void (*handler)(void *argument);
	void *argument;
} bound[EVENT_PORTS];

static void serve_bound(void)
{
	if (bound[served_port].handler)
		bound[served_port].handler(bound[served_port].argument);
}

/* Takes events of an open port, which is the result; it is closed, and the result -ENOSPC, where it is beyond our table. */
int port_bind(uint32_t port, void (*handler)(void *argument), void *argument)
{
	struct evtchn_close close = { .port = port };

	if (port >= EVENT_PORTS) {
		event_channel_op(EVTCHNOP_close, &close);
		return -ENOSPC;
	}
	bound[port].handler = handler;
	bound[port].argument = argument;
	event_bind(port, serve_bound);
	return (int)port;
}

/* A port that the other domain may bind to; or a negated error number. */
int port_allocate(uint16_t other_domain, void (*handler)(void *argument), void *argument)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = other_domain };
	int error = event_channel_op(EVTCHNOP_alloc_unbound, &op);

	return error < 0 ? error : port_bind(op.port, handler, argument);
}

/* Our port for one that the other domain has allocated for us; or a negated error number. */
int port_connect(uint16_t other_domain, uint32_t other_port, void (*handler)(void *argument), void *argument)
{
	struct evtchn_bind_interdomain op = { .remote_dom = other_domain, .remote_port = other_port };
	int error = event_channel_op(EVTCHNOP_bind_interdomain, &op);

	return error < 0 ? error : port_bind(op.local_port, handler, argument);
}

void port_close(uint32_t port)
{
	struct evtchn_close op = { .port = port };

	asm volatile("lock bts %1, %0" : "+m"(shared_info.evtchn_mask[port / 32]) : "r"(port % 32) : "memory");
	bound[port].handler = NULL;
	event_channel_op(EVTCHNOP_close, &op);
}
