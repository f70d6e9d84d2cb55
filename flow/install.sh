#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# install.sh - `make install` into a folder: the program runs from there, every command has its
# page, and somebody else's program compiles and links against the library, shared and static.
. "$(dirname "$0")/lib.sh"

to=$work/to
prefix=/usr/local
make -s -C "$source_dir" install DESTDIR="$to" PREFIX=$prefix >"$work/install.log" 2>&1 || {
	tail -n 20 "$work/install.log" >&2
	die 'make install failed'
}
at=$to$prefix
expect 0 'cloister ' "$at/bin/cloister" --version
for word in $("$at/bin/cloister" --help | sed -nE 's/^  ([a-z]+) +.*/\1/p'); do
	ls "$at/share/man/man1/cloister-$word.1"* >/dev/null 2>&1 || die "the page of $word is not installed"
done
held 'every command has its page'
[ -s "$at/share/cloister/platform.eif" ] || die 'the platform bundle is not installed'
foreign=$(find "$to" -type f | sed "s|^$at/||" | grep -vE '^(bin/cloister|lib/|libexec/|include/cloister/|share/(man|cloister)/)' || true)
[ -z "$foreign" ] || die "unexpected files: $foreign"
if find "$to" -perm -0002 ! -type l | grep -q .; then
	die 'a file is writable for everybody'
fi
held "$(find "$to" -type f | wc -l) files, all where they belong"

pc=$(find "$at" -name cloister.pc)
[ -n "$pc" ] || die 'there is no cloister.pc'
export PKG_CONFIG_PATH="${pc%/*}" PKG_CONFIG_SYSROOT_DIR="$to"
cat >"$work/embed.c" <<'END'
#include <cloister/cloister.h>
#include <stdio.h>
int main(void)
{
	struct cloister_trust *trust;
	struct cloister_fault why;
	if (cloister_trust_new(&trust, &why) != CLOISTER_OK)
		return 1;
	cloister_trust_free(trust);
	return puts("embedded") < 0;
}
END
gcc -std=c99 -pedantic -Wall -Werror $(pkg-config --cflags cloister) -o "$work/shared" "$work/embed.c" \
	$(pkg-config --libs cloister) || die 'linking with the shared library'
expect 0 'embedded' env LD_LIBRARY_PATH="$(dirname "$(find "$at" -name 'libcloister.so' | head -n 1)")" "$work/shared"
archive=$(find "$at" -name libcloister.a)
[ -n "$archive" ] || die 'there is no static library'
gcc -std=c99 -pedantic -Wall -Werror $(pkg-config --cflags cloister) -o "$work/static" "$work/embed.c" \
	"$archive" -lcrypto -lyaml -lz || die 'linking with the static library'
expect 0 'embedded' "$work/static"

# Only what starts with cloister_ leaves the shared library.
strangers=$(nm -D --defined-only "$(find "$at" -name 'libcloister.so' | head -n 1)" | awk '$2 ~ /[TDRBVW]/ && $3 !~ /^cloister_/ { print $3 }')
[ -z "$strangers" ] || die "the shared library exports: $strangers"
held 'the shared library exports cloister_ names only'
done_
