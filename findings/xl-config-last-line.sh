#!/usr/bin/env bash
# The parser of xl's configuration files: libxlutil of Xen 4.17.7 (Debian 12, package libxenmisc4.17), which xl itself uses.
#
# Behaviour: what a file ends with decides whether it is read.
#   - A comment is fine on any line but the last: without a newline behind it, `# ...` is a lexical error. A statement needs no newline.
#   - A character that belongs nowhere is a lexical error, unless it is the last byte of the file: then it is dropped without a word.
#   - `+=` joins two strings. The result is no number any more, though the same digits written at once are one.
#
# Seen: 4.17.7+13-g2445b30a44-0+deb12u1, 2026:  "memory=64\n# end" is refused, "memory=64?" gives 64.
# It fails where the parser answers otherwise. It needs gcc, apt-get and dpkg on Debian 12 (amd64).
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
version=4.17.7+13-g2445b30a44-0+deb12u1

(cd "$tmp" && for package in libxenmisc4.17 libxenstore4 libxencall1 libxendevicemodel1 libxenevtchn1 libxenforeignmemory1 libxengnttab1 \
	libxenhypfs1 libxentoolcore1 libxentoollog1; do
	apt-get -qq -o "APT::Sandbox::User=$(id -un)" download "$package=$version"
done && apt-get -qq -o "APT::Sandbox::User=$(id -un)" download libyajl2 && for file in *.deb; do dpkg -x "$file" root; done)
libraries=$tmp/root/usr/lib/x86_64-linux-gnu

cat > "$tmp/read.c" <<'C'
#include <stdio.h>
#include <stdlib.h>

/* As tools/include/libxlutil.h declares them. */
typedef struct XLU_Config XLU_Config;
XLU_Config *xlu_cfg_init(FILE *report, const char *name);
int xlu_cfg_readdata(XLU_Config *config, const char *data, int length);
int xlu_cfg_get_string(const XLU_Config *config, const char *key, const char **value, int dont_warn);
int xlu_cfg_get_long(const XLU_Config *config, const char *key, long *value, int dont_warn);

/* Reads a file from standard input; prints `refused`, or what it says of `memory`, and whether that is a number. */
int main(void)
{
	static char data[4096];
	int length = (int)fread(data, 1, sizeof(data), stdin);
	FILE *nowhere = fopen("/dev/null", "w");
	XLU_Config *config = xlu_cfg_init(nowhere, "file");
	const char *text;
	long number;

	if (!config || xlu_cfg_readdata(config, data, length))
		return puts("refused"), 0;
	if (xlu_cfg_get_string(config, "memory", &text, 1))
		return puts("nothing"), 0;
	printf("%s %s\n", text, xlu_cfg_get_long(config, "memory", &number, 1) ? "text" : "number");
	return 0;
}
C
gcc -o "$tmp/read" "$tmp/read.c" "$libraries/libxlutil.so.4.17" -Wl,--allow-shlib-undefined
export LD_LIBRARY_PATH=$libraries

# What was seen: file, as printf writes it; answer.
table='memory=64\\n# end\\n|64 number
memory=64\\n# end|refused
memory=64\\n|64 number
memory=64|64 number
memory=64?\\n|refused
memory=64?|64 number
memory="6"\\nmemory+="4"\\n|64 text
memory="64"\\n|64 number'

changed=0
while IFS='|' read -r file expected; do
	file=${file//\\\\/\\}
	# shellcheck disable=SC2059
	answer=$(printf "$file" | "$tmp/read")
	printf '%-34s %s\n' "$file" "$answer"
	[[ $answer == "$expected" ]] || { echo "  changed: $expected was seen"; changed=1; }
done <<< "$table"
exit "$changed"
