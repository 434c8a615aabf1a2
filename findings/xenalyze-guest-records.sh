#!/usr/bin/env bash
# xenalyze of Debian's xen-utils-common 4.17.5+72-g01140da4e8-1 (Debian 12) on a trace in which a guest has left a record of its own.
#
# Xen's trace format has a class of records for guests, TRC_GUEST 0x0800f000, beside those for the scheduler, memory, PV and HVM
# (xen/include/public/trace.h). A record is a header (event in bits 0..27, number of words in 28..30, bit 31: a time follows), the time,
# and the words; so whoever does not know an event knows where the next one begins.
#
# Behaviour: xenalyze looks for the one bit of the class that is set, says that there are none, and ends there: exit status 1. All
# that follows in the file is lost, valid records of classes that it knows too, and with --summary everything, for the summary
# is made at the end. A record of another class that it has nothing to say of, TRC_HW 0x00800000, is passed over without a word.
#
# Seen: xenalyze --dump-all:   FATAL: unexpected number bits(0) in evt.main! event 800f001 main 800 sub f minor 1
# It fails where xenalyze does something else. It needs apt-get and dpkg on Debian 12 (amd64).
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

(cd "$tmp" && apt-get -qq -o "APT::Sandbox::User=$(id -un)" download 'xen-utils-common=4.17.5+72-g01140da4e8-1' &&
	dpkg -x xen-utils-common_*.deb root)
xenalyze="$tmp/root/usr/bin/xenalyze"

# 32 bits, little-endian.
word() {
	local n
	for n in 0 8 16 24; do printf "\\x$(printf %02x $((($1 >> n) & 255)))"; done
}
now=1000000
# EVENT [WORD]: a record with its time, and one word where one is given.
record() {
	now=$((now + 2400))
	word $((0x80000000 | ($# - 1) << 28 | $1))
	word $now
	word 0
	if (($# > 1)); then word "$2"; fi
}
# FILE MIDDLE: three hypercalls (PV_HYPERCALL_V2, number 1), the record in the middle, four hypercalls more (number 2), all of pcpu 0.
trace() {
	{
		for _ in 1 2 3; do record 0x0020f00d 1; done
		[[ $2 == none ]] || record "$2" 0x11
		for _ in 1 2 3 4; do record 0x0020f00d 2; done
	} > "$tmp/records"
	{
		# TRACE_CPU_CHANGE: the processor, and how many bytes of its records follow.
		word $((2 << 28 | 0x0001f003))
		word 0
		word "$(wc -c < "$tmp/records")"
		cat "$tmp/records"
	} > "$tmp/$1"
}

changed=0
say() { echo "  changed: $1"; changed=1; }
# FILE MIDDLE NAME STATUS BEFORE AFTER: what xenalyze tells of it.
look() {
	local status=0 said before after
	trace "$1" "$2"
	timeout 30 "$xenalyze" --dump-all "$tmp/$1" > "$tmp/said" 2>&1 || status=$?
	said=$(cat "$tmp/said")
	before=$(grep -c 'hypercall  1 (mmu_update)' <<< "$said" || true)
	after=$(grep -c 'hypercall  2 (set_gdt)' <<< "$said" || true)
	echo "$3: $before of 3 hypercalls before it, $after of 4 after it, exit status $status"
	grep FATAL <<< "$said" || true
	[[ "$status $before $after" == "$4 $5 $6" ]] || say "status $4, $5 and $6 were seen"
}
look plain.bin none 'no other record' 0 3 4
look hardware.bin 0x00801001 'a record of TRC_HW' 0 3 4
look guest.bin 0x0800f001 'a record of TRC_GUEST' 1 3 0
grep -q '^FATAL: unexpected number bits(0) in evt.main! event 800f001 ' "$tmp/said" || say 'it said why'

# FILE STATUS LINES: what the summary tells.
summarise() {
	local status=0 lines
	timeout 30 "$xenalyze" --summary "$tmp/$1" > "$tmp/said" 2>&1 || status=$?
	lines=$(grep -cE '^Total time:|^--- Log volume summary ---|^ pv +:' "$tmp/said" || true)
	echo "--summary of $1: $lines of 3 lines of it, exit status $status"
	[[ "$status $lines" == "$2 $3" ]] || say "status $2 and $3 were seen"
}
summarise hardware.bin 0 3
summarise guest.bin 1 0
exit "$changed"
