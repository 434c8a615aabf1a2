#!/usr/bin/env bash
# Fetches a guest that nobody here wrote: GRUB for Xen, from Debian's package grub-xen-host, unpacked to
# .cache/grub/grub-i386-xen.bin. Needs apt-get and dpkg, no root. Where that is not to be had it says why
# and ends well, without the file: the tests that need it then report themselves skipped.
set -u
cd "$(dirname "$0")/.."
folder=.cache/grub
image=$folder/grub-i386-xen.bin

skip() {
	echo "fetch-grub: $1; tests with GRUB will be skipped"
	exit 0
}

if [ -s "$image" ]; then
	echo "fetch-grub: $image is there"
	exit 0
fi
for tool in apt-get dpkg; do
	command -v "$tool" >/dev/null 2>&1 || skip "there is no $tool here"
done

mkdir -p "$folder" || skip "cannot make $folder"
work=$(mktemp -d "$folder/fetch.XXXXXX") || skip "cannot make a folder below $folder"
trap 'rm -rf "$work"' EXIT

# apt's sandbox user cannot write below every home; downloading as the caller is enough here.
download() { (cd "$work" && apt-get -q -o APT::Sandbox::User="$(id -un)" download grub-xen-host) >"$work/log" 2>&1; }
if ! download; then
	# The package lists may be missing or old; only root may renew them.
	[ "$(id -u)" = 0 ] && apt-get -q update >"$work/update.log" 2>&1
	download || skip "apt-get could not download grub-xen-host ($(tail -n 1 "$work/log"))"
fi
package=$(find "$work" -name 'grub-xen-host_*.deb' | head -n 1)
[ -n "$package" ] || skip "apt-get left no package"
dpkg -x "$package" "$work/root" >"$work/log" 2>&1 || skip "the package could not be unpacked ($(tail -n 1 "$work/log"))"
found=$(find "$work/root" -name 'grub-i386-xen.bin' | head -n 1)
[ -n "$found" ] || skip "the package holds no grub-i386-xen.bin"
mv "$found" "$image" || skip "cannot write $image"
echo "fetch-grub: $image ($(stat -c %s "$image") bytes) from $(basename "$package")"
