#!/usr/bin/env bash
# keystone-wasm 1.0.4 (the Keystone assembler, API 0.9, for Node) against GNU as 2.40 (Debian 12), both with Intel syntax, 32-bit code.
#
# Behaviour: for a 32-bit segment Keystone puts the operand-size prefix 66 before instructions that have their 32-bit form without
# it, and says nothing. What the bytes then do is another thing than what was written:
#   LGDT, LIDT    load 24 bits of the base address and clear the upper 8 (SDM vol. 2, LGDT/LIDT): a table at or above 16 MiB is lost
#   PUSH ES/CS/SS/DS, POP ES/SS/DS, PUSHF, POPF   move ESP by 2, not by 4; PUSH FS and GS, POP FS and GS are right, so a row of them mixes
#   IRET          returns by a frame of three 16-bit words
# The explicit 32-bit names are refused where GNU as knows them (LIDTD), so `lidt` has no other spelling.
#
# Seen: keystone-wasm 1.0.4 on Node 20, 2026:    lidt [eax]  66 0f 01 18, where GNU as 2.40 writes 0f 01 18.
# It fails where Keystone or GNU as gives other bytes. It needs node, npm, apt-get and dpkg on Debian 12 (amd64).
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

npm install --silent --no-audit --no-fund --prefix "$tmp" keystone-wasm@1.0.4
(cd "$tmp" && for package in binutils-x86-64-linux-gnu libbinutils; do
	apt-get -qq -o "APT::Sandbox::User=$(id -un)" download "$package=2.40-2"
	dpkg -x "$package"_*.deb root
done)
export LD_LIBRARY_PATH="$tmp/root/usr/lib/x86_64-linux-gnu"
bin="$tmp/root/usr/bin/x86_64-linux-gnu"

cat > "$tmp/keystone.cjs" <<'JS'
const { Keystone, Const, loadKeystone } = require('keystone-wasm');
loadKeystone().then(() => {
	const keystone = new Keystone(Const.KS_ARCH_X86, Const.KS_MODE_32);
	for (const line of process.argv.slice(2)) {
		try {
			console.log(Buffer.from(keystone.asm(line)).toString('hex'));
		} catch (error) {
			console.log('refused');
		}
	}
});
JS

# What was seen: instruction, Keystone, GNU as.
table='lgdt [eax]|660f0110|0f0110
lidt [eax]|660f0118|0f0118
sgdt [eax]|660f0100|0f0100
sidt [eax]|660f0108|0f0108
lgdtd [eax]|refused|0f0110
lidtd [eax]|refused|0f0118
push es|6606|06
push cs|660e|0e
push ss|6616|16
push ds|661e|1e
push fs|0fa0|0fa0
push gs|0fa8|0fa8
pop es|6607|07
pop ss|6617|17
pop ds|661f|1f
pop fs|0fa1|0fa1
pop gs|0fa9|0fa9
pushf|669c|9c
popf|669d|9d
iret|66cf|cf'

mapfile -t lines < <(cut -d'|' -f1 <<< "$table")
mapfile -t keystone < <(cd "$tmp" && node keystone.cjs "${lines[@]}")
changed=0
n=0
printf '%-12s %-10s %-8s\n' 'i386' 'Keystone' 'GNU as'
while IFS='|' read -r line expected reference; do
	printf '.intel_syntax noprefix\n.code32\n%s\n' "$line" > "$tmp/one.s"
	"$bin-as" --32 "$tmp/one.s" -o "$tmp/one.o"
	"$bin-objcopy" -O binary -j .text "$tmp/one.o" "$tmp/one.bin"
	gas=$(od -An -v -tx1 "$tmp/one.bin" | tr -d ' \n')
	printf '%-12s %-10s %-8s\n' "$line" "${keystone[n]}" "$gas"
	[[ "${keystone[n]} $gas" == "$expected $reference" ]] || { echo "  changed: $expected and $reference were seen"; changed=1; }
	n=$((n + 1))
done <<< "$table"
exit "$changed"
