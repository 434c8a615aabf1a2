/*
 * The rules that every packet of a virtual card must pass: (pattern, action) pairs, tried in order; the first whose
 * pattern holds decides, and where none does the packet goes on. Barham et al. (SOSP 2003, section 3.3) have them in
 * the domain that owns the wire: those for `tx`, what the guest sends, stop it from speaking in another's name; those
 * for `rx` choose what it may hear.
 *
 *	rule       = ("tx" | "rx") ["match" condition {"and" condition}] ("accept" | "drop")
 *	condition  = field ("==" | "!=" | "<" | ">") value
 *	field      = eth.src eth.dst eth.type  arp.op arp.mac arp.src arp.dst  ip.src ip.dst ip.proto ip.ttl
 *	             icmp.type  udp.src udp.dst  length
 *	value      = 17  0x0806  10.0.0.2  10.0.0.0/24  00:16:3e:00:00:01  broadcast
 *
 * A condition on a header that the packet does not have does not hold, whatever its comparison.
 */
#pragma once
#include "wire.h"

#define RULES 16
#define CONDITIONS 4
#define RULE_HEADERS 128 /* what is looked at: Ethernet, the longest IP header, and what follows it */

enum direction { RULE_TX, RULE_RX };
enum action { RULE_ACCEPT, RULE_DROP };

struct condition {
	uint8_t field;
	char comparison; /* '=', '!', '<', '>' */
	uint64_t value, mask;
};

struct rule {
	enum direction direction;
	enum action action;
	uint32_t conditions;
	struct condition condition[CONDITIONS];
	uint32_t matched;
};

struct rules {
	uint32_t count;
	struct rule rule[RULES];
};

const char *rule_parse(const char *text, struct rule *rule);
enum action rules_apply(struct rules *rules, enum direction direction, const uint8_t *frame, uint32_t available,
			uint32_t length);
