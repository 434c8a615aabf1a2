#!/usr/bin/env bash
# Fetches guests that nobody here wrote from Debian's packages, each unpacked to a file below .cache. Needs apt-get and dpkg, no
# root. Where one is not to be had it says why and ends well, without the file: the tests that need it report themselves skipped.
#
#   fetch-guests.sh          all of the table
#   fetch-guests.sh grub     those whose name has the word in it
set -u
cd "$(dirname "$0")/.."

# name | package | architecture, or "any" for this machine's | file in the package | file here
TABLE='
GRUB     | grub-xen-host             | any  | usr/lib/grub-xen/grub-i386-xen.bin | .cache/grub/grub-i386-xen.bin
GNU Mach | gnumach-image-1.8-xen-486 | i386 | boot/gnumach-1.8-xen-486.gz        | .cache/gnumach/gnumach-1.8-xen-486
'

skip() {
	echo "fetch-guests: $name: $1; tests with it will be skipped"
	return 1
}

# apt's sandbox user cannot write below every home; downloading as the caller is enough here.
apt() { apt-get -q -o APT::Sandbox::User="$(id -un)" "$@"; }

# What dpkg would install here: its own architecture and those that were added to it.
installable() { { dpkg --print-architecture; dpkg --print-foreign-architectures; } | grep -qx "$1"; }

# download PACKAGE ARCHITECTURE: leaves the package in $work.
download() {
	if [ "$2" != any ] && ! installable "$2"; then
		download_foreign "$1" "$2"
		return
	fi
	local wanted=$1
	[ "$2" = any ] || wanted=$1:$2
	(cd "$work" && apt download "$wanted") >"$work/log" 2>&1 && return
	# The package lists may be missing or old; only root may renew them.
	[ "$(id -u)" = 0 ] && apt update >"$work/update.log" 2>&1
	(cd "$work" && apt download "$wanted") >"$work/log" 2>&1
}

# For an architecture that this machine does not know: package lists of its own, for this one call, from the same sources and
# checked by the same keys. One source that fails does not matter as long as another has the package.
download_foreign() {
	local apart=(-o "APT::Architecture=$2" -o "APT::Architectures=$2" -o "Dir::State=$work/state"
		-o "Dir::State::lists=$work/state/lists" -o Dir::State::status=/dev/null -o "Dir::Cache=$work/cache"
		-o Acquire::Languages=none)
	mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
	apt "${apart[@]}" update >"$work/update.log" 2>&1
	(cd "$work" && apt "${apart[@]}" download "$1") >"$work/log" 2>&1
}

# fetch NAME PACKAGE ARCHITECTURE INSIDE IMAGE
fetch() {
	local name=$1 package=$2 architecture=$3 inside=$4 image=$5 work file tool
	if [ -s "$image" ]; then
		echo "fetch-guests: $image is there"
		return
	fi
	for tool in apt-get dpkg; do
		command -v "$tool" >/dev/null 2>&1 || { skip "there is no $tool here"; return; }
	done
	mkdir -p "$(dirname "$image")" || { skip "cannot make a folder for $image"; return; }
	work=$(mktemp -d "$PWD/$(dirname "$image")/fetch.XXXXXX") || { skip "cannot make a folder beside $image"; return; }
	unpack && echo "fetch-guests: $image ($(stat -c %s "$image") bytes) from $(basename "$file")"
	rm -rf "$work"
}

# Downloads and takes the file out; says why not.
unpack() {
	download "$package" "$architecture" || { skip "apt-get could not download $package ($(tail -n 1 "$work/log"))"; return; }
	file=$(find "$work" -name "${package}_*.deb" | head -n 1)
	[ -n "$file" ] || { skip 'apt-get left no package'; return; }
	dpkg -x "$file" "$work/root" >"$work/log" 2>&1 || { skip "the package could not be unpacked ($(tail -n 1 "$work/log"))"; return; }
	inside=$work/root/$inside
	[ -f "$inside" ] || { skip "the package holds no $(basename "$inside")"; return; }
	case $inside in
	*.gz) gzip -dc "$inside" >"$work/image" || { skip "$(basename "$inside") is damaged"; return; } ;;
	*) mv "$inside" "$work/image" ;;
	esac
	mv "$work/image" "$image" || skip "cannot write $image"
}

trim() { sed 's/^[[:space:]]*//; s/[[:space:]]*$//' <<<"$1"; }

while IFS='|' read -r name package architecture inside image; do
	[ -n "$package" ] || continue
	grep -qiF -- "${1-}" <<<"$name" || continue
	fetch "$(trim "$name")" "$(trim "$package")" "$(trim "$architecture")" "$(trim "$inside")" "$(trim "$image")"
done <<<"$TABLE"
exit 0
