/*
 * Back ends of virtual cards: keys of xenstore into a port of the bridge, and back. Beside what xen/include/public/io/netif.h
 * defines, the toolstack may write into the back end's folder
 *
 *	rules/N     one rule (rules.h); they are tried in the order of N
 *	rate        BYTES,MICROSECONDS: what the guest may send in a while, as libxl writes it
 *	rx-flip     1: offer to receive by page flipping too
 *
 * Rules are read again when they change. One that cannot be read stops the card, and is written to `rules-error`: a filter
 * that fails must not be a hole.
 */
#include "netback.h"

#define NAMES 512
#define RULE_TEXT 160

struct netback *netbacks;
static struct work work;

/* Nothing more is believed of this front end, and nothing served; the others go on. */
void netback_break(struct netback *back, const char *why)
{
	if (!back->broken)
		print("netback: %s: %s; not served any more\n", back->port.name, why);
	back->broken = true;
}

static void serve(struct work *unused)
{
	(void)unused;
	netback_deliver_all(); /* new pages, perhaps */
	if (netback_transmit_round())
		work_queue(&work);
}

void netback_serve(void)
{
	work_queue(&work);
}

static void on_event(void *unused)
{
	(void)unused;
	work_queue(&work);
}

static void on_credit(struct timer *unused)
{
	(void)unused;
	work_queue(&work);
}

/* --- rules ----------------------------------------------------------------------------------------------------- */

/* Puts a rule among those that have a lower number. */
static void insert_rule(struct rules *rules, uint32_t numbers[RULES], const struct rule *rule, uint32_t number)
{
	uint32_t at = rules->count++;

	for (; at && numbers[at - 1] > number; at--) {
		rules->rule[at] = rules->rule[at - 1];
		numbers[at] = numbers[at - 1];
	}
	rules->rule[at] = *rule;
	numbers[at] = number;
}

/* Reads one of the rules; NULL, or what is wrong with it. */
static const char *read_rule(struct rules *rules, uint32_t numbers[RULES], const char *folder, const char *name)
{
	char text[RULE_TEXT];
	struct rule rule;
	const char *end, *wrong;
	uint32_t number = (uint32_t)number_of(name, 10, &end);

	if (*end)
		return "its name is no number";
	if (rules->count == RULES)
		return "too many rules";
	if (xenstore_read(NO_TRANSACTION, folder, name, text, sizeof(text)) < 0)
		return "too long, or gone";
	wrong = rule_parse(text, &rule);
	if (!wrong)
		insert_rule(rules, numbers, &rule, number);
	return wrong;
}

static void read_rules(struct netback *back)
{
	char folder[XENSTORE_PATH], names[NAMES], error[XENSTORE_PATH];
	struct rules *rules = allocate(sizeof(*rules));
	uint32_t numbers[RULES];
	const char *wrong = rules ? NULL : "no memory";
	int length, at = 0;

	text_format(folder, sizeof(folder), "%s/rules", back->device->path);
	length = xenstore_list(NO_TRANSACTION, folder, names, sizeof(names));
	for (; at < length && !wrong; at += (int)strlen(names + at) + 1) {
		wrong = read_rule(rules, numbers, folder, names + at);
		if (!wrong)
			continue;
		text_format(error, sizeof(error), "%s: %s", names + at, wrong);
		print("netback: %s: rule %s\n", back->port.name, error);
		xenstore_write(NO_TRANSACTION, back->device->path, "rules-error", error);
	}
	back->rules_lost = wrong || (length < 0 && length != -ENOENT);
	if (!back->rules_lost) {
		back->rules = *rules;
		xenstore_remove(NO_TRANSACTION, back->device->path, "rules-error");
	}
	release(rules);
}

static void rules_changed(struct xenstore_watch *watch, const char *path)
{
	(void)path;
	read_rules(CONTAINER(watch, struct netback, rules_watch));
}

/* --- xenbus ---------------------------------------------------------------------------------------------------- */

/* "BYTES,MICROSECONDS" */
static void read_rate(struct netback *back)
{
	char text[32];
	const char *comma;

	back->rate_bytes = 0;
	if (xenstore_read(NO_TRANSACTION, back->device->path, "rate", text, sizeof(text)) < 0)
		return;
	back->rate_bytes = (uint32_t)number_of(text, 10, &comma);
	back->rate_us = *comma == ',' ? (uint32_t)number_of(comma + 1, 10, NULL) : 0;
	if (!back->rate_us)
		back->rate_us = 50000; /* libxl's own interval */
}

static int offer(struct xenbus_device *device)
{
	uint32_t flip = 0;
	int error;

	xenstore_read_number(NO_TRANSACTION, device->path, "rx-flip", &flip);
	error = xenstore_write_number(NO_TRANSACTION, device->path, "feature-sg", 0);
	if (!error)
		error = xenstore_write_number(NO_TRANSACTION, device->path, "feature-rx-copy", 1);
	if (!error)
		error = xenstore_write_number(NO_TRANSACTION, device->path, "feature-rx-flip", flip != 0);
	if (!error)
		error = xenstore_write_number(NO_TRANSACTION, device->path, "feature-split-event-channels", 1);
	return error;
}

static struct netback *create(struct xenbus_device *device)
{
	struct netback *back = allocate(sizeof(*back)), **place = &netbacks;

	if (!back)
		return NULL;
	back->device = device;
	back->domain = device->other_domain;
	back->port.deliver = netback_queue;
	back->credit_timer.expired = on_credit;
	text_format(back->port.name, sizeof(back->port.name), "vif%u.%u", back->domain, device->number);
	while (*place)
		place = &(*place)->next;
	*place = back;
	device->data = back;
	back->rules_watch.changed = rules_changed;
	xenstore_watch(&back->rules_watch, device->path, "rules");
	return back;
}

/* A card, or one that is asked again because it starts again. */
static int probe_card(struct xenbus_device *device)
{
	if (!device->data && !create(device))
		return -ENOMEM;
	return offer(device);
}

/* Maps the page of a ring; 0, or a negated error number. */
static int map_ring(struct netback *back, const char *key, struct gnttab_map_grant_ref *mapping, void **page)
{
	uint32_t ref;
	int error = xenstore_read_number(NO_TRANSACTION, back->device->other, key, &ref);

	if (error < 0)
		return error;
	*page = window_page();
	if (!*page)
		return -ENOMEM;
	grant_map_row(mapping, *page, back->domain, ref, false);
	grant_map(mapping, 1);
	if (mapping->status == GNTST_okay)
		return 0;
	window_release(*page);
	*page = NULL;
	return -EAGAIN; /* perhaps it is from before we started again: the front end will share others, and we are asked again */
}

static void unmap_ring(struct gnttab_map_grant_ref *mapping, void **page)
{
	struct gnttab_unmap_grant_ref row;

	if (!*page)
		return;
	ring_forget(*page);
	grant_unmap_row(&row, mapping);
	grant_unmap(&row, 1);
	window_release(*page);
	*page = NULL;
}

static int bind_port(struct netback *back, const char *key, uint32_t *port)
{
	uint32_t theirs;
	int error = xenstore_read_number(NO_TRANSACTION, back->device->other, key, &theirs), ours;

	if (error < 0)
		return error;
	ours = port_connect(back->domain, theirs, on_event, back);
	if (ours < 0)
		return -EAGAIN; /* as with a ring */
	*port = (uint32_t)ours;
	return 0;
}

/* Takes up a ring where it was left: by nobody, or by a back end of before, who answered all that he took. */
static void attach_ring(struct back_ring *ring, void *page, uint32_t slot_size)
{
	back_ring_init(ring, page, slot_size);
	ring->rsp_prod_pvt = ring->req_cons = ring->shared->rsp_prod;
}

/* One channel for both rings, or one each. */
static int bind_ports(struct netback *back)
{
	int error = bind_port(back, "event-channel", &back->tx_port);

	if (error != -ENOENT) {
		back->rx_port = back->tx_port;
		return error;
	}
	error = bind_port(back, "event-channel-tx", &back->tx_port);
	return error < 0 ? error : bind_port(back, "event-channel-rx", &back->rx_port);
}

/* Gives back channels and mappings, of which there may be none or a part. */
static void let_go(struct netback *back)
{
	if (back->rx_port && back->rx_port != back->tx_port)
		port_close(back->rx_port);
	if (back->tx_port)
		port_close(back->tx_port);
	back->tx_port = back->rx_port = 0;
	unmap_ring(&back->tx_mapping, &back->tx_page);
	unmap_ring(&back->rx_mapping, &back->rx_page);
}

static int connect(struct xenbus_device *device)
{
	struct netback *back = device->data;
	uint32_t copy = 0, flip = 0;
	int error;

	xenstore_read_number(NO_TRANSACTION, device->other, "request-rx-copy", &copy);
	xenstore_read_number(NO_TRANSACTION, device->path, "feature-rx-flip", &flip);
	if (!copy && !flip)
		return -EOPNOTSUPP; /* it wants pages, which were not offered */
	back->flips = !copy;
	read_rate(back);
	error = map_ring(back, "tx-ring-ref", &back->tx_mapping, &back->tx_page);
	if (!error)
		error = map_ring(back, "rx-ring-ref", &back->rx_mapping, &back->rx_page);
	if (!error)
		error = bind_ports(back);
	if (error < 0) {
		let_go(back);
		return error;
	}
	attach_ring(&back->tx, back->tx_page, sizeof(struct netif_tx_request));
	attach_ring(&back->rx, back->rx_page, sizeof(struct netif_rx_request));
	back->broken = false;
	back->connected = true;
	bridge_attach(&back->port);
	print("netback: %s connected, %s\n", back->port.name, back->flips ? "flips pages" : "copies");
	work_queue(&work);
	return 0;
}

static void report(const struct netback *back)
{
	const struct netback_counters *c = &back->counters;

	print("netback: %s sent %u (%u bytes), received %u (%u bytes), refused %u, by rules %u and %u, overrun %u, held back %u\n",
	      back->port.name, c->sent, c->sent_bytes, c->received, c->received_bytes, c->refused, c->tx_dropped, c->rx_dropped,
	      c->overrun, c->held_back);
}

static void disconnect(struct xenbus_device *device)
{
	struct netback *back = device->data;
	struct packet *packet;

	if (back->connected) {
		bridge_detach(&back->port);
		report(back);
	}
	back->connected = false;
	timer_cancel(&back->credit_timer);
	let_go(back);
	while ((packet = queue_take(&back->to_guest)))
		packet_release(packet);
}

static void remove(struct xenbus_device *device)
{
	struct netback *back = device->data, **place = &netbacks;

	if (!back)
		return;
	xenstore_unwatch(&back->rules_watch);
	while (*place != back)
		place = &(*place)->next;
	*place = back->next;
	netback_forget_turn(back);
	release(back);
}

static struct xenbus_driver driver = {
	.kind = "vif",
	.back = true,
	.probe = probe_card,
	.connect = connect,
	.disconnect = disconnect,
	.remove = remove,
};

static void netback_start(void)
{
	work.run = serve;
	xenbus_register(&driver);
}
DRIVER(5, netback_start);
