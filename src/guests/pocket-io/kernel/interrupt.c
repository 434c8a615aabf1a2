/*
 * Interrupts of devices, as event channels. Xen takes the interrupt, keeps the line quiet, and tells us by a port that is bound to it; when
 * the device has been served we say so, and Xen lets the line speak again.
 */
#include "machine.h"

#define MOST_HANDLERS 8
#define ISA_LINES 16

static struct handler {
	void (*serve)(void *argument);
	void *argument;
	uint32_t line;
} handlers[MOST_HANDLERS];
static uint32_t handler_count;

/* All devices of a line are asked; then it may speak again. */
static void line_event(void *argument)
{
	struct physdev_eoi eoi = { .irq = (uint32_t)argument };

	for (struct handler *h = handlers; h < handlers + handler_count; h++)
		if (h->line == eoi.irq)
			h->serve(h->argument);
	physdev_op(PHYSDEVOP_eoi, &eoi);
}

static bool is_bound(uint32_t line)
{
	for (struct handler *h = handlers; h < handlers + handler_count; h++)
		if (h->line == line)
			return true;
	return false;
}

static int bind_line(uint32_t line, bool level)
{
	struct physdev_setup_gsi setup = { .gsi = (int32_t)line, .triggering = level }; /* high: the bridge turns PCI's lines round */
	struct physdev_map_pirq map = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = (int32_t)line, .pirq = (int32_t)line };
	struct evtchn_bind_pirq bind = { .pirq = line, .flags = level ? BIND_PIRQ__WILL_SHARE : 0 };
	int error = level ? physdev_op(PHYSDEVOP_setup_gsi, &setup) : 0;

	if (error < 0)
		return error;
	error = is_domain_0() ? physdev_op(PHYSDEVOP_map_pirq, &map) : 0; /* else whoever gave us the line has mapped it */
	if (error < 0)
		return error;
	error = event_channel_op(EVTCHNOP_bind_pirq, &bind);
	return error < 0 ? error : port_bind(bind.port, line_event, (void *)line);
}

/* Has `handler` called when the line speaks; PCI's lines are levels and may be shared, ISA's are edges. 0 or an error. */
int interrupt_bind(uint32_t line, bool level, void (*handler)(void *argument), void *argument)
{
	int error = 0;

	if (handler_count == MOST_HANDLERS)
		return -ENOSPC;
	if (!is_bound(line))
		error = bind_line(line, level);
	if (error < 0)
		return error;
	handlers[handler_count++] = (struct handler){ handler, argument, line };
	return 0;
}

/* Ring 1 may use ports: Xen asks for this level before it does what the instruction says. */
static void ports_start(void)
{
	struct physdev_set_iopl level = { .iopl = 1 };

	if (is_domain_0() || option("ide"))
		physdev_op(PHYSDEVOP_set_iopl, &level);
}
DRIVER(1, ports_start);
