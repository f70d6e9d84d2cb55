#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# same.sh - determinism: builds in different folders, umasks, locales and time zones are
# one file; init and agent built in two clones at different paths are one file.
. "$(dirname "$0")/lib.sh"

mkdir -p "$work/a" "$work/a longer folder/b"
(
	cd "$work/a"
	umask 077
	LC_ALL=C TZ=Pacific/Kiritimati cloister build "oci:$images/nginx" -o one.eif
) >/dev/null || die 'first build'
cp -r "$images/nginx" "$work/a longer folder/copy"
find "$work/a longer folder/copy" -exec touch -d 2001-01-01 {} +
(
	cd "$work/a longer folder/b"
	umask 000
	LC_ALL=C.UTF-8 LANG=tr_TR.UTF-8 TZ=America/St_Johns HOME=/nowhere cloister build "oci:../copy:latest" -o two.eif
) >/dev/null || die 'second build'
cmp "$work/a/one.eif" "$work/a longer folder/b/two.eif" || die 'two builds differ'
held 'two builds are one file'
same 'mode of the image' 644 "$(stat -c %a "$work/a longer folder/b/two.eif")"

# The archives hold the same image, so they become the same enclave image.
cloister build "oci-archive:$images/nginx.oci.tar" -o "$work/three.eif" >/dev/null || die 'third build'
cmp "$work/a/one.eif" "$work/three.eif" || die 'the OCI archive of the same image differs'
held 'folder and archive of one image are one file'

command -v git >/dev/null || skip 'git is not installed'
git -C "$source_dir" rev-parse HEAD >/dev/null 2>&1 || skip 'this is no git checkout, so there is nothing to clone'
for clone in "$work/x" "$work/another/much/longer/path"; do
	mkdir -p "$clone"
	git -C "$source_dir" archive HEAD | tar -xf - -C "$clone"
	(cd "$clone" && tools/configure build gcc && ninja -C build src/guest/cloister-init src/guest/cloister-agent) \
		>"$work/clone.log" 2>&1 || {
		tail -n 20 "$work/clone.log" >&2
		die "the clone in $clone does not build"
	}
done
for program in cloister-init cloister-agent; do
	cmp "$work/x/build/src/guest/$program" "$work/another/much/longer/path/build/src/guest/$program" ||
		die "$program differs between two clones"
	held "$program is one file in two clones"
done
done_
