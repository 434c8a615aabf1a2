#!/usr/bin/env bash
# Builds the guests: generates their C header from src/abi, compiles, links, and puts the images into
# src/guests/images. The same compiler gives the same bytes.
#
#   build-guests.sh          rebuild everything
#   build-guests.sh --check  build beside, and compare with what is committed; skipped where the compiler
#                            or the linker is not the one that src/guests/images/TOOLCHAIN names
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C SOURCE_DATE_EPOCH=0

guests=src/guests
images=$guests/images
flags=(-m32 -march=i686 -std=gnu11 -O1 -g1 -gdwarf-4 -gno-record-gcc-switches "-ffile-prefix-map=$PWD=."
	-ffreestanding -nostdlib -nostdinc -isystem "$(gcc -m32 -print-file-name=include)" -fno-pic -static
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -fno-common -mpreferred-stack-boundary=2
	-mgeneral-regs-only -Wall -Wextra -Werror "-I$guests/include")
link=(-m elf_i386 -static -nostdlib --build-id=none -z noexecstack --no-warn-rwx-segments -T "$guests/guest.lds")

toolchain() {
	echo "gcc $(gcc -dumpfullversion)"
	ld --version | sed -n '1s/^GNU ld/ld/p'
}

# build GUEST OUT: every C and assembly file of the guest's folder, in order of name, into OUT/GUEST.elf.
build() {
	local guest=$1 out=$2 source object objects=()
	while read -r source; do
		object=$work/$(echo "${source#"$guests"/}" | tr / _).o
		gcc "${flags[@]}" "-I$guests/$guest" -c "$source" -o "$object"
		objects+=("$object")
	done < <(find "$guests/$guest" -name '*.[cS]' | sort)
	ld "${link[@]}" "${objects[@]}" -o "$out/$guest.elf"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
built=$images
if [[ ${1-} == --check ]]; then
	if ! toolchain 2>/dev/null | cmp -s - "$images/TOOLCHAIN"; then
		echo 'guests: skipped, this compiler or linker is not the one in src/guests/images/TOOLCHAIN'
		exit 0
	fi
	built=$work/images
	npx tsx scripts/generate-header.ts --check
else
	npx tsx scripts/generate-header.ts
fi

mkdir -p "$built"
names=()
for folder in "$guests"/*/head.S; do
	name=$(basename "$(dirname "$folder")")
	names+=("$name")
	build "$name" "$built"
done

if [[ $built == "$images" ]]; then
	toolchain >"$images/TOOLCHAIN"
	echo "guests: built ${names[*]}"
else
	for name in "${names[@]}"; do
		cmp "$images/$name.elf" "$built/$name.elf" || { echo "guests: $name.elf is not what its source gives: run npm run guests"; exit 1; }
	done
	echo "guests: ${names[*]} are what their sources give"
fi
