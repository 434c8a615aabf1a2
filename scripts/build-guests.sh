#!/usr/bin/env bash
# Builds the guests: generates their C header from src/abi, compiles, links, and puts the images into
# src/guests/images. The same compiler gives the same bytes.
#
#   build-guests.sh          rebuild everything
#   build-guests.sh --check  build beside, and compare with what is committed; skipped where the compiler
#                            or the linker is not the one that src/guests/images/TOOLCHAIN names
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
export LC_ALL=C SOURCE_DATE_EPOCH=0

guests=src/guests
images=$guests/images
flags=(-m32 -march=i686 -std=gnu11 -O1 -g1 -gdwarf-4 -gno-record-gcc-switches "-ffile-prefix-map=$PWD=."
	-ffreestanding -nostdlib -nostdinc -isystem "$(gcc -m32 -print-file-name=include)" -fno-pic -static
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -fno-common -mpreferred-stack-boundary=2
	-mgeneral-regs-only -Wall -Wextra -Werror "-I$guests/include")
link=(-m elf_i386 -static -nostdlib --build-id=none -z noexecstack --no-warn-rwx-segments)

toolchain() {
	echo "gcc $(gcc -dumpfullversion)"
	ld --version | sed -n '1s/^GNU ld/ld/p'
}

# sources GUEST: its C and assembly files, in order of name; those of a guest that it is built upon come first, but for
# those in whose place it has one of its own.
sources() {
	local guest=$1 source
	if [[ -e $guests/$guest/upon ]]; then
		sources "$(<"$guests/$guest/upon")" | while read -r source; do
			if [[ ! -e $guests/$guest/${source#"$guests"/*/} ]]; then echo "$source"; fi
		done
	fi
	find "$guests/$guest" -name '*.[cS]' | sort
}

# compile GUEST user|kernel: its sources in user/, or the others; prints the objects. -gdwarf-4 raises what -g1 said to -g2; for the
# large kernel it is said again.
compile() {
	local guest=$1 source object upon=()
	if [[ -e $guests/$guest/upon ]]; then
		upon=(-DKERNEL_UPON_POCKET -g1 "-I$guests/$guest/kernel" "-I$guests/$(<"$guests/$guest/upon")")
	fi
	sources "$guest" | { if [[ $2 == user ]]; then grep /user/; else grep -v /user/; fi; } | while read -r source; do
		object=$work/$guest-$(echo "${source#"$guests"/}" | tr / _).o
		gcc "${flags[@]}" "${upon[@]}" "-I$guests/$guest" -c "$source" -o "$object"
		echo "$object"
	done
}

# build GUEST OUT: links the guest's objects into OUT/GUEST.elf, by its own linker script or by the one of all
# guests. The programs in its folder user/ become one object first, of which only the entry points can be seen.
build() {
	local guest=$1 out=$2 script=$guests/guest.lds base=$1 objects sets=()
	if [[ -e $guests/$guest/upon ]]; then
		base=$(<"$guests/$guest/upon")
		sets=(-T "$guests/$guest/sets.lds")
	fi
	if [[ -e $guests/$base/guest.lds ]]; then script=$guests/$base/guest.lds; fi
	objects=$(compile "$guest" kernel)
	if [[ -d $guests/$base/user ]]; then
		# shellcheck disable=SC2046
		ld -m elf_i386 -z noexecstack -r $(compile "$guest" user) -o "$work/${guest}_programs.o"
		objcopy --wildcard --keep-global-symbol='program_*' "$work/${guest}_programs.o"
		objects+=" $work/${guest}_programs.o"
	fi
	# shellcheck disable=SC2086
	ld "${link[@]}" "${sets[@]}" -T "$script" $objects -o "$out/$guest.elf"
	chmod -x "$out/$guest.elf"
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
for mark in "$guests"/*/head.S "$guests"/*/upon; do
	name=$(basename "$(dirname "$mark")")
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
