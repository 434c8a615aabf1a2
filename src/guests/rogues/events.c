/* Attacks by event channel and grant: ends that are not ours. */
#include "rogue.h"

static void send(uint32_t port)
{
	struct evtchn_send send = { .port = port };

	report_result(event_op(EVTCHNOP_send, &send));
}

static void send_quietly(uint32_t port)
{
	struct evtchn_send send = { .port = port };

	event_op(EVTCHNOP_send, &send);
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

/* FIFO queues: Xen goes on writing to pages that stay ours. */
static int32_t give_block(uint32_t mfn, uint32_t offset)
{
	struct evtchn_init_control control = { .control_gfn = mfn, .offset = offset };

	return event_op(EVTCHNOP_init_control, &control);
}

static int32_t give_words(uint32_t mfn)
{
	struct evtchn_expand_array array = { .array_gfn = mfn };

	return event_op(EVTCHNOP_expand_array, &array);
}

static void queue_block_foreign(void)
{
	report_result(give_block(foreign_frame(), 0));
}

static void queue_block_across(void)
{
	report_result(give_block(frame_of(new_page()), PAGE_SIZE - 8));
}

static void queue_words_foreign(void)
{
	give_block(frame_of(new_page()), 0);
	report_result(give_words(foreign_frame()));
}

static void queue_words_in_table(void)
{
	give_block(frame_of(new_page()), 0);
	report_result(give_words(frame_of(entry_of(new_page()))));
}

/* While Xen writes event words there, the page can be no page table, though we map it read-only. */
static void queue_words_as_table(void)
{
	void *words = new_read_only_page();

	give_block(frame_of(new_page()), 0);
	give_words(frame_of(words));
	report_result(mmuext(MMUEXT_PIN_L1_TABLE, frame_of(words)));
}

static void queue_too_many_words(void)
{
	uint32_t words = frame_of(new_page());
	int32_t result = give_block(frame_of(new_page()), 0);

	for (uint32_t i = 0; i < 1000 && result == 0; i++)
		result = give_words(words);
	report_result(result);
}

/* A ring of links, each of them busy, behind heads that point beyond the array. */
static void queue_links_in_circles(void)
{
	volatile uint32_t *words = new_page(), *block = new_page();
	struct evtchn_bind_ipi bind = { .vcpu = 0 };

	give_block(frame_of((void *)block), 0);
	give_words(frame_of((void *)words));
	for (uint32_t i = 0; i < 64; i++) {
		event_op(EVTCHNOP_bind_ipi, &bind);
		for (uint32_t port = 0; port < 64; port++)
			words[port] = 1u << EVTCHN_FIFO_LINKED | 1u << EVTCHN_FIFO_BUSY | (port + i) % 64;
		for (uint32_t head = 0; head < 18; head++)
			block[head] = 0xffffffff;
		send_quietly(bind.port);
		words[bind.port] = i % 2 ? 0 : 0xffffffff;
		send_quietly(bind.port);
	}
	report("no effect: its own events are lost");
}

/* Given back while Xen still writes to it, a frame must stay out of everybody's reservation until that ends. */
static void queue_words_given_back(void)
{
	void *words = new_page();
	uint32_t frame = frame_of(words), next = frame;
	struct xen_memory_reservation back = { .extent_start = (uint32_t)&next, .nr_extents = 1, .domid = DOMID_SELF };
	struct evtchn_bind_ipi bind = { .vcpu = 0 };

	give_block(frame_of(new_page()), 0);
	give_words(frame);
	update_va_mapping(words, 0);
	if (memory_op(XENMEM_decrease_reservation, &back) != 1) {
		report("the frame could not be given back");
		return;
	}
	next = start_info->nr_pages - 1;
	memory_op(XENMEM_populate_physmap, &back);
	event_op(EVTCHNOP_bind_ipi, &bind);
	send_quietly(bind.port);
	report(next == frame ? "GOT THROUGH" : "no effect: the frame is nobody's new one");
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
	{ "queue-block-foreign", "has its event queues begin in a foreign frame", queue_block_foreign },
	{ "queue-block-across", "has its event queues begin at the end of a page", queue_block_across },
	{ "queue-words-foreign", "offers a foreign frame for event words", queue_words_foreign },
	{ "queue-words-in-table", "offers a page table for event words", queue_words_in_table },
	{ "queue-words-as-table", "pins a page of event words as a page table", queue_words_as_table },
	{ "queue-too-many-words", "offers pages of event words without end", queue_too_many_words },
	{ "queue-links-in-circles", "links its event words in circles and sends", queue_links_in_circles },
	{ "queue-words-given-back", "gives back a page of event words that is in use", queue_words_given_back },
	{ "grant-table-other", "asks for the grant table of another domain", grant_table_of_other },
	{ "grant-table-huge", "asks for a grant table of 100000 frames", grant_table_huge },
	ATTACKS_END,
};
