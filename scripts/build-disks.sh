#!/usr/bin/env bash
# Builds the disk images that come with the site: from the folders of src/guests/disks by mke2fs, with all that would differ
# from one time to the next (clock, random numbers, owners) said.
#
#   build-disks.sh          make them anew
#   build-disks.sh --check  make them beside, and compare; skipped where mke2fs is missing or not of the version
#                           that src/guests/disks/MKE2FS names: another one lays a file system out in its own way
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
# What mke2fs takes the time to be: 1 January 2026.
export E2FSPROGS_FAKE_TIME=1767225600 SOURCE_DATE_EPOCH=1767225600

disks=src/guests/disks
uuid=5269676e-7369-4465-8000-000000000001
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

version() { mke2fs -V 2>&1 | sed -n '1s/ (.*//p'; }

# build NAME KIB: src/guests/disks/NAME becomes an ext2 file system in $work/NAME.img. What every ext2 driver knows: blocks of 1 KiB, inodes
# of 128 bytes, the type of a file in its directory's entry, and no feature beside.
build() {
	local name=$1 kib=$2
	cp -r "$disks/$name" "$work/$name"
	find "$work/$name" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	chmod -R u=rwX,go=rX "$work/$name"
	mke2fs -q -t ext2 -O none,filetype -b 1024 -I 128 -N 64 -m 0 -L "$name" -U "$uuid" \
		-E "hash_seed=$uuid,root_owner=0:0,nodiscard" -d "$work/$name" "$work/$name.img" "$kib" 2> "$work/errors" || { cat "$work/errors" >&2; return 1; }
	# Owners come from whoever builds; the file system says root.
	find "$work/$name" -mindepth 1 -printf '/%P\n' | sort | while read -r path; do
		printf 'sif "%s" uid 0\nsif "%s" gid 0\n' "$path" "$path"
		for time in atime ctime mtime; do printf 'sif "%s" %s 20260101000000\n' "$path" "$time"; done
	done > "$work/owners"
	debugfs -w -f "$work/owners" "$work/$name.img" > /dev/null 2> "$work/errors" || { cat "$work/errors" >&2; return 1; }
	e2fsck -fn "$work/$name.img" > /dev/null 2>&1
}

if ! command -v mke2fs > /dev/null || ! command -v debugfs > /dev/null; then
	if [[ ${1-} == --check ]]; then echo 'disks: no mke2fs here, nothing compared'; exit 0; fi
	echo 'build-disks.sh: mke2fs and debugfs are missing (Debian: e2fsprogs)' >&2
	exit 1
fi
if [[ ${1-} == --check && $(version) != "$(<$disks/MKE2FS)" ]]; then
	echo "disks: this is $(version), the images are of $(<$disks/MKE2FS): nothing compared"
	exit 0
fi

build files 256
for image in "$work"/*.img; do
	if [[ ${1-} == --check ]]; then
		cmp "$image" "$disks/$(basename "$image")"
	else
		cp "$image" "$disks/"
	fi
done
if [[ ${1-} == --check ]]; then echo 'disks: as committed'; else version > "$disks/MKE2FS"; fi
