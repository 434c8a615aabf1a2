/*
 * Rules: text into (pattern, action), and patterns against packets. A field is a place in a header; where the header
 * begins depends on the packet, and nothing is read beyond the bytes that are there. Those bytes are a copy of ours:
 * what was judged cannot be changed any more by whoever sent it.
 */
#include "rules.h"
#include "net.h"

enum layer { FRAME, ETHERNET, ARP, IP, ICMP, UDP };

static const struct field {
	const char *name;
	enum layer layer;
	uint32_t offset, bytes;
} fields[] = {
	{ "length", FRAME, 0, 0 },
	{ "eth.dst", ETHERNET, ETHERNET_DESTINATION, MAC_LENGTH },
	{ "eth.src", ETHERNET, ETHERNET_SOURCE, MAC_LENGTH },
	{ "eth.type", ETHERNET, ETHERNET_TYPE, 2 },
	{ "arp.op", ARP, ARP_OPERATION, 2 },
	{ "arp.mac", ARP, ARP_SENDER_MAC, MAC_LENGTH },
	{ "arp.src", ARP, ARP_SENDER, 4 },
	{ "arp.dst", ARP, ARP_TARGET, 4 },
	{ "ip.src", IP, IP_SOURCE, 4 },
	{ "ip.dst", IP, IP_DESTINATION, 4 },
	{ "ip.proto", IP, IP_PROTOCOL, 1 },
	{ "ip.ttl", IP, IP_TTL, 1 },
	{ "icmp.type", ICMP, ICMP_TYPE, 1 },
	{ "udp.src", UDP, UDP_SOURCE, 2 },
	{ "udp.dst", UDP, UDP_DESTINATION, 2 },
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* --- text ------------------------------------------------------------------------------------------------------ */

#define WORD 24

/* The next word between blanks, moving on; an empty one at the end, or where it is too long to be any. */
static void take_word(const char **text, char word[WORD])
{
	uint32_t length = 0;

	while (**text == ' ')
		(*text)++;
	for (; **text && **text != ' '; (*text)++)
		if (length < WORD)
			word[length++] = **text;
	word[length < WORD ? length : 0] = 0;
}

static bool parse_plain(const char *text, uint64_t *value)
{
	uint32_t base = text[0] == '0' && text[1] == 'x' ? 16 : 10, number = 0;

	if (base == 16)
		text += 2;
	if (!*text)
		return false;
	for (; *text; text++) {
		uint32_t digit = *text >= 'a' ? (uint32_t)(*text - 'a') + 10 : (uint32_t)(*text - '0');

		if (digit >= base || number > 0x0fffffff)
			return false;
		number = number * base + digit;
	}
	*value = number;
	return true;
}

static uint64_t number_of_mac(const uint8_t *mac)
{
	return (uint64_t)get16(mac) << 32 | get32(mac + 2);
}

/* An address, perhaps with `/bits`: then only those are compared. */
static bool parse_network(char *text, struct condition *condition)
{
	uint32_t address;
	uint64_t bits = 32;
	char *slash = text;

	while (*slash && *slash != '/')
		slash++;
	if (*slash) {
		*slash++ = 0;
		if (!parse_plain(slash, &bits) || bits > 32)
			return false;
	}
	condition->mask = bits ? 0xffffffffu << (32 - bits) & 0xffffffffu : 0;
	if (!parse_address(text, &address))
		return false;
	condition->value = address & condition->mask;
	return true;
}

static bool parse_value(char *word, struct condition *condition)
{
	const struct field *field = &fields[condition->field];
	uint8_t mac[MAC_LENGTH];

	condition->mask = ~0ull;
	if (field->bytes == MAC_LENGTH) {
		condition->value = number_of_mac(mac_broadcast);
		if (!strcmp(word, "broadcast"))
			return true;
		if (!parse_mac(word, mac))
			return false;
		condition->value = number_of_mac(mac);
		return true;
	}
	if (field->bytes == 4)
		return parse_network(word, condition);
	return parse_plain(word, &condition->value);
}

static bool parse_field(const char *word, struct condition *condition)
{
	for (uint32_t i = 0; i < FIELDS; i++) {
		if (strcmp(fields[i].name, word))
			continue;
		condition->field = (uint8_t)i;
		return true;
	}
	return false;
}

static bool parse_comparison(const char *word, struct condition *condition)
{
	static const char *const spelling[] = { "==", "!=", "<", ">" };

	for (uint32_t i = 0; i < sizeof(spelling) / sizeof(spelling[0]); i++) {
		if (strcmp(spelling[i], word))
			continue;
		condition->comparison = *spelling[i];
		return true;
	}
	return false;
}

static const char *parse_condition(const char **text, struct rule *rule)
{
	struct condition *condition = &rule->condition[rule->conditions];
	char word[WORD];

	if (rule->conditions++ == CONDITIONS)
		return "too many conditions";
	take_word(text, word);
	if (!parse_field(word, condition))
		return "no such field";
	take_word(text, word);
	if (!parse_comparison(word, condition))
		return "no such comparison";
	take_word(text, word);
	return parse_value(word, condition) ? NULL : "not a value for this field";
}

/* NULL, or what is wrong with the text. */
const char *rule_parse(const char *text, struct rule *rule)
{
	char word[WORD];
	const char *wrong;

	*rule = (struct rule){ .direction = RULE_TX };
	take_word(&text, word);
	if (!strcmp(word, "rx"))
		rule->direction = RULE_RX;
	else if (strcmp(word, "tx"))
		return "neither tx nor rx";
	take_word(&text, word);
	if (!strcmp(word, "match")) {
		do {
			wrong = parse_condition(&text, rule);
			if (wrong)
				return wrong;
			take_word(&text, word);
		} while (!strcmp(word, "and"));
	}
	if (!strcmp(word, "drop"))
		rule->action = RULE_DROP;
	else if (strcmp(word, "accept"))
		return "neither accept nor drop";
	take_word(&text, word);
	return *word ? "more than a rule" : NULL;
}

/* --- packets --------------------------------------------------------------------------------------------------- */

/* Where the header of a layer begins in this frame, or -1 where it has none. */
static int layer_at(enum layer layer, const uint8_t *frame, uint32_t available)
{
	const uint8_t *ip = frame + ETHERNET_HEADER;
	uint32_t type = available < ETHERNET_HEADER ? 0 : get16(frame + ETHERNET_TYPE);

	if (layer == FRAME || layer == ETHERNET)
		return 0;
	if (layer == ARP)
		return type == TYPE_ARP ? ETHERNET_HEADER : -1;
	if (type != TYPE_IP || available < ETHERNET_HEADER + IP_HEADER || ip[IP_VERSION_LENGTH] >> 4 != 4)
		return -1;
	if (layer == IP)
		return ETHERNET_HEADER;
	if (ip[IP_PROTOCOL] != (layer == UDP ? PROTOCOL_UDP : PROTOCOL_ICMP) || get16(ip + IP_FRAGMENT) & IP_FRAGMENT_OFFSET)
		return -1;
	return ETHERNET_HEADER + (ip[IP_VERSION_LENGTH] & 15) * 4;
}

static bool field_value(const struct field *field, const uint8_t *frame, uint32_t available, uint64_t *value)
{
	int at = layer_at(field->layer, frame, available);
	uint32_t from = (uint32_t)at + field->offset;

	if (at < 0 || from + field->bytes > available)
		return false;
	*value = 0;
	for (uint32_t i = 0; i < field->bytes; i++)
		*value = *value << 8 | frame[from + i];
	return true;
}

static bool holds(const struct condition *condition, const uint8_t *frame, uint32_t available, uint32_t length)
{
	const struct field *field = &fields[condition->field];
	uint64_t value = length;

	if (field->layer != FRAME && !field_value(field, frame, available, &value))
		return false;
	value &= condition->mask;
	if (condition->comparison == '<')
		return value < condition->value;
	if (condition->comparison == '>')
		return value > condition->value;
	return (value == condition->value) == (condition->comparison == '=');
}

static bool matches(const struct rule *rule, const uint8_t *frame, uint32_t available, uint32_t length)
{
	for (uint32_t i = 0; i < rule->conditions; i++)
		if (!holds(&rule->condition[i], frame, available, length))
			return false;
	return true;
}

/* Judges a frame of `length` bytes by the first `available` of them. */
enum action rules_apply(struct rules *rules, enum direction direction, const uint8_t *frame, uint32_t available,
			uint32_t length)
{
	for (struct rule *rule = rules->rule; rule < rules->rule + rules->count; rule++) {
		if (rule->direction != direction || !matches(rule, frame, available, length))
			continue;
		rule->matched++;
		return rule->action;
	}
	return RULE_ACCEPT;
}
