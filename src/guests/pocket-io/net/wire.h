/*
 * The protocols' headers as offsets into bytes, and how to read and write what stands there. Everything on a wire is
 * big-endian and may stand at an odd address, so no header is a struct.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static inline uint32_t get32(const uint8_t *at)
{
	return get16(at) << 16 | get16(at + 2);
}

static inline void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

/* Ethernet: destination, source, type (IEEE 802.3, clause 3) */
#define MAC_LENGTH 6
#define ETHERNET_DESTINATION 0
#define ETHERNET_SOURCE 6
#define ETHERNET_TYPE 12
#define ETHERNET_HEADER 14
#define ETHERNET_SHORTEST 60 /* without the four bytes of the check sequence */
#define ETHERNET_MTU 1500
#define MTU_LEAST 68 /* RFC 791 */
#define TYPE_IP 0x0800
#define TYPE_ARP 0x0806

/* ARP for IPv4 over Ethernet (RFC 826) */
#define ARP_HARDWARE 0
#define ARP_PROTOCOL 2
#define ARP_HARDWARE_LENGTH 4
#define ARP_PROTOCOL_LENGTH 5
#define ARP_OPERATION 6
#define ARP_SENDER_MAC 8
#define ARP_SENDER 14
#define ARP_TARGET_MAC 18
#define ARP_TARGET 24
#define ARP_LENGTH 28
#define ARP_REQUEST 1
#define ARP_REPLY 2

/* IPv4 (RFC 791) */
#define IP_VERSION_LENGTH 0
#define IP_TOTAL_LENGTH 2
#define IP_ID 4
#define IP_FRAGMENT 6
#define IP_TTL 8
#define IP_PROTOCOL 9
#define IP_CHECKSUM 10
#define IP_SOURCE 12
#define IP_DESTINATION 16
#define IP_HEADER 20
#define IP_DONT_FRAGMENT 0x4000
#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff
#define PROTOCOL_ICMP 1
#define PROTOCOL_UDP 17

/* ICMP (RFC 792) */
#define ICMP_TYPE 0
#define ICMP_CODE 1
#define ICMP_CHECKSUM 2
#define ICMP_ID 4
#define ICMP_SEQUENCE 6
#define ICMP_HEADER 8
#define ICMP_ECHO_REPLY 0
#define ICMP_UNREACHABLE 3
#define ICMP_ECHO 8
#define ICMP_UNREACHABLE_HOST 1
#define ICMP_UNREACHABLE_PROTOCOL 2
#define ICMP_UNREACHABLE_PORT 3

/* UDP (RFC 768) */
#define UDP_SOURCE 0
#define UDP_DESTINATION 2
#define UDP_LENGTH 4
#define UDP_CHECKSUM 6
#define UDP_HEADER 8

/* The Internet checksum (RFC 1071), computed piece by piece; every piece but the last has an even length. */
uint32_t checksum_add(uint32_t sum, const uint8_t *bytes, uint32_t length);
uint32_t checksum_fold(uint32_t sum);
