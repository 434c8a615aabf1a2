/* Attacks by event channel and grant: ends that are not ours. */
#include "rogue.h"

static void send(uint32_t port)
{
	struct evtchn_send send = { .port = port };

	report_result(event_op(EVTCHNOP_send, &send));
}

static void send_closed(void)
{
	send(900);
}

static void send_beyond(void)
{
	send(0x7fffffff);
}

static void send_virq(void)
{
	struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER, .vcpu = 0 };

	event_op(EVTCHNOP_bind_virq, &bind);
	send(bind.port);
}

static void close_closed(void)
{
	struct evtchn_close close = { .port = 900 };

	report_result(event_op(EVTCHNOP_close, &close));
}

static void bind_not_offered(void)
{
	struct evtchn_bind_interdomain bind = { .remote_dom = 0, .remote_port = 900 };

	report_result(event_op(EVTCHNOP_bind_interdomain, &bind));
}

static void bind_nobody(void)
{
	struct evtchn_bind_interdomain bind = { .remote_dom = 77, .remote_port = 1 };

	report_result(event_op(EVTCHNOP_bind_interdomain, &bind));
}

static void allocate_for_other(void)
{
	struct evtchn_alloc_unbound allocate = { .dom = 77, .remote_dom = DOMID_SELF };

	report_result(event_op(EVTCHNOP_alloc_unbound, &allocate));
}

static void virq_beyond(void)
{
	struct evtchn_bind_virq bind = { .virq = 99, .vcpu = 0 };

	report_result(event_op(EVTCHNOP_bind_virq, &bind));
}

static void virq_twice(void)
{
	struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER, .vcpu = 0 };

	event_op(EVTCHNOP_bind_virq, &bind);
	report_result(event_op(EVTCHNOP_bind_virq, &bind));
}

static void virq_other_vcpu(void)
{
	struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER, .vcpu = 31 };

	report_result(event_op(EVTCHNOP_bind_virq, &bind));
}

static void pirq(void)
{
	struct evtchn_bind_pirq bind = { .pirq = 1 };

	report_result(event_op(EVTCHNOP_bind_pirq, &bind));
}

/* Ports until there are none: ours only, so nobody else runs out of any. */
static void exhaust_ports(void)
{
	struct evtchn_alloc_unbound allocate = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	int32_t result = 0;

	for (uint32_t i = 0; i < 2000 && result == 0; i++)
		result = event_op(EVTCHNOP_alloc_unbound, &allocate);
	report_result(result);
}

/* Grant calls give their verdict in the structure; the call itself succeeds. */
static void grant_table_of_other(void)
{
	uint32_t frame = 0;
	struct gnttab_setup_table setup = { .dom = 77, .nr_frames = 1, .frame_list = (uint32_t)&frame };
	int32_t result = ask(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, (uint32_t)&setup, 1, 0);

	if (result < 0)
		report_result(result);
	else if (setup.status < 0)
		report("refused, by the status of the operation");
	else
		report("GOT THROUGH");
}

static void grant_table_huge(void)
{
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 100000, .frame_list = 0 };
	int32_t result = ask(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, (uint32_t)&setup, 1, 0);

	if (result < 0)
		report_result(result);
	else if (setup.status < 0)
		report("refused, by the status of the operation");
	else
		report("GOT THROUGH");
}

const struct attack event_attacks[] = {
	{ "send-closed", "sends on a port that is closed", send_closed },
	{ "send-beyond", "sends on port 0x7fffffff", send_beyond },
	{ "send-virq", "sends on the port of a virtual interrupt", send_virq },
	{ "close-closed", "closes a port that is closed", close_closed },
	{ "bind-not-offered", "binds to a port that nobody offered", bind_not_offered },
	{ "bind-nobody", "binds to a domain that is not there", bind_nobody },
	{ "allocate-for-other", "opens a port for another domain", allocate_for_other },
	{ "virq-beyond", "binds a virtual interrupt that there is not", virq_beyond },
	{ "virq-twice", "binds a virtual interrupt twice", virq_twice },
	{ "virq-other-vcpu", "binds a virtual interrupt of a processor that it does not have", virq_other_vcpu },
	{ "pirq", "binds a physical interrupt", pirq },
	{ "exhaust-ports", "opens ports until there are none", exhaust_ports },
	{ "grant-table-other", "asks for the grant table of another domain", grant_table_of_other },
	{ "grant-table-huge", "asks for a grant table of 100000 frames", grant_table_huge },
	ATTACKS_END,
};
