#!/usr/bin/env bash
# GNU objdump 2.40 (Debian 12, binutils 2.40-2) on MFENCE and SFENCE with another ModRM byte than the usual one; iced-x86 1.21.0 (npm)
# and, on an x86-64 machine, the processor itself beside it.
#
# The manual writes 0F AE E8, F0 and F8 for LFENCE, MFENCE and SFENCE, and says of each that the processor ignores the r/m field: any of
# 0F AE E8..EF, F0..F7 and F8..FF is the instruction (SDM vol. 2, LFENCE, MFENCE, SFENCE).
#
# Behaviour: objdump knows all eight of LFENCE, but of MFENCE and SFENCE only F0 and F8. Of the others it makes `(bad)` of TWO bytes, and
# then reads the ModRM byte as the beginning of the next instruction. So what follows is wrong, too: after 0F AE F3 an ordinary
# `mov cl, 1` becomes `repz mov cl, 1`. That is the same in 32-bit and 64-bit code.
#
# Seen: objdump 2.40, -m i386 and -m i386:x86-64, on 0f ae f3 b1 01:   0f ae  (bad) | f3 b1 01  repz mov cl,0x1
# It fails where one of these tools says something else. It needs node, npm, apt-get and dpkg on Debian 12 (amd64).
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

npm install --silent --no-audit --no-fund --prefix "$tmp" iced-x86@1.21.0
(cd "$tmp" && for package in binutils-x86-64-linux-gnu libbinutils libctf0 libctf-nobfd0; do
	apt-get -qq -o "APT::Sandbox::User=$(id -un)" download "$package=2.40-2"
	dpkg -x "$package"_*.deb root
done)
export LD_LIBRARY_PATH="$tmp/root/usr/lib/x86_64-linux-gnu"
bin="$tmp/root/usr/bin/x86_64-linux-gnu"
"$bin-objdump" --version | sed -n 1p

# Each fence is followed by `mov cl, 1` and three NOPs, so that every one begins at a multiple of 8.
fences=(e8 e9 ea eb ec ed ee ef f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 fa fb fc fd fe ff)
for byte in "${fences[@]}"; do printf "\\x0f\\xae\\x$byte\\xb1\\x01\\x90\\x90\\x90"; done > "$tmp/fences.bin"

# A line a fence: what objdump makes of its first instruction, by machine.
by_objdump() {
	"$bin-objdump" -D -b binary -M intel -m "$1" "$tmp/fences.bin" |
		sed -nE 's/^ *[0-9a-f]*[08]:\t([0-9a-f ]+)\t(.*)$/\1|\2/p' | sed -E 's/ +\|/|/; s/ +$//'
}
cat > "$tmp/iced.cjs" <<'JS'
const { Decoder, DecoderOptions, Formatter, FormatterSyntax } = require('iced-x86');
const bytes = require('node:fs').readFileSync('fences.bin');
for (let at = 0; at < bytes.length; at += 8) {
	const instruction = new Decoder(32, bytes.subarray(at, at + 8), DecoderOptions.None).decode();
	console.log(`${instruction.length} ${new Formatter(FormatterSyntax.Intel).format(instruction)}`);
}
JS
mapfile -t short < <(by_objdump i386)
mapfile -t long < <(by_objdump i386:x86-64)
mapfile -t iced < <(cd "$tmp" && node iced.cjs)

changed=0
say() { echo "  changed: $1"; changed=1; }
printf '%-10s %-26s %s\n' bytes 'objdump -m i386' 'iced-x86 (length, text)'
for n in "${!fences[@]}"; do
	case ${fences[n]} in
		e*) name=lfence ;;
		f[0-7]) name=mfence ;;
		*) name=sfence ;;
	esac
	case ${fences[n]} in
		e* | f0 | f8) expected="0f ae ${fences[n]}|$name" ;;
		*) expected='0f ae|(bad)' ;;
	esac
	printf '0f ae %-4s %-26s %s\n' "${fences[n]}" "${short[n]}" "${iced[n]}"
	[[ "${short[n]}" == "$expected" && "${long[n]}" == "$expected" ]] || say "objdump said $expected"
	[[ "${iced[n]}" == "3 $name" ]] || say "iced-x86 said 3 $name"
done

after=$("$bin-objdump" -D -b binary -M intel -m i386 --start-address=88 --stop-address=96 "$tmp/fences.bin" | tail -n +8)
echo "the eight bytes of 0f ae f3 and what follows it:"
echo "$after"
grep -q 'f3 b1 01 *.*repz mov cl,0x1' <<< "$after" || say 'the ModRM byte f3 was taken for a REPZ'

if [[ $(uname -m) == x86_64 ]]; then
	# The processor executes them all, 64-bit code: the last thing is exit(42).
	{
		printf '.globl _start\n_start:\n'
		for byte in "${fences[@]}"; do printf '.byte 0x0f, 0xae, 0x%s\n' "$byte"; done
		printf 'mov $60, %%eax\nmov $42, %%edi\nsyscall\n'
	} > "$tmp/run.s"
	"$bin-as" --64 "$tmp/run.s" -o "$tmp/run.o"
	"$bin-ld" "$tmp/run.o" -o "$tmp/run"
	status=0
	"$tmp/run" || status=$?
	echo "a program of all ${#fences[@]} of them on this processor: exit status $status"
	[[ $status == 42 ]] || say 'the program ended with 42'
fi
exit "$changed"
