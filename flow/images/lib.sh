# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# lib.sh - how the test images are made: real programs from Debian's packages, made
# into images with Debian's own tools. Nothing here knows Cloister.
#
# Sourced by NAME.sh, which calls `image NAME`, puts a root filesystem together,
# and ends with `finish`. Left in build/images/:
#
#   NAME/                the OCI layout, tag `latest`
#   NAME.docker.tar      the same as skopeo's docker-archive
#   NAME.oci.tar         the same as an OCI archive
set -eu
umask 022
top=$(cd "$(dirname "$0")/../.." && pwd)
images=$top/build/images
export LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=1767225600

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# image NAME: stop here when it is there and newer than its recipe
image() {
	name=$1
	stamp=$images/$name.made
	if [ -e "$stamp" ] && [ -z "$(find "$0" "$(dirname "$0")/lib.sh" $(ls "$(dirname "$0")"/*.c) -newer "$stamp")" ]; then
		exit 0
	fi
	mkdir -p "$images"
	work=$(mktemp -d "$images/.$name.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM
	rm -rf "$stamp" "$images/$name" "$images/$name.docker.tar" "$images/$name.oci.tar"
	layout=$work/layout
	umoci init --layout "$layout"
	umoci new --image "$layout:latest"
	mkdir "$work/root"
}

# The user's own mirror, if apt knows one for this release; never changed, only read.
mirror() {
	. /etc/os-release
	apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' 2>/dev/null |
		sed -nE "s/^Debian ([^ ]+) ($VERSION_CODENAME(-updates|-security)?) main\$/deb \1 \2 main/p"
}

# debian PACKAGES [HOOK]: a minimal Debian with these packages, as a layer; HOOK is run
# by mmdebstrap with $1 the tree
debian() {
	. /etc/os-release
	as_root=
	if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null; then
		as_root=sudo
	fi
	mirror >"$work/sources"
	[ -s "$work/sources" ] || die "apt knows no Debian $VERSION_CODENAME mirror; run apt-get update, or add one to its sources"
	$as_root env SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH mmdebstrap --quiet --variant=essential \
		--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include="usr-is-merged,$1" \
		--dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--customize-hook="${2:-true}" --format=tar \
		"$VERSION_CODENAME" - - <"$work/sources" >"$work/layer.tar" 2>"$work/log" || {
		tail -n 12 "$work/log" >&2
		die "mmdebstrap could not make the $name image (above); it wants root, sudo or user namespaces, and a Debian mirror"
	}
	umoci raw add-layer --image "$layout:latest" "$work/layer.tar"
	rm -f "$work/layer.tar"
}

# layer: $work/root becomes one more layer, owned by root, and is emptied
layer() {
	tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@$SOURCE_DATE_EPOCH \
		-C "$work/root" -cf "$work/layer.tar" .
	umoci raw add-layer --image "$layout:latest" "$work/layer.tar"
	rm -rf "$work/layer.tar" "$work/root"
	mkdir "$work/root"
}

# static SOURCE TARGET: one C file as a static program in the tree
static() {
	mkdir -p "$(dirname "$work/root/$2")"
	musl-gcc -static -O2 -s -Wall -Wextra -Werror -o "$work/root/$2" "$(dirname "$0")/$1"
}

config() {
	umoci config --image "$layout:latest" "$@"
}

# finish [FORM...]: publish the layout under its name, and as archives
finish() {
	umoci gc --layout "$layout"
	mv "$layout" "$images/$name"
	for form in "$@"; do
		case $form in
		docker) skopeo --insecure-policy copy -q "oci:$images/$name:latest" \
			"docker-archive:$images/$name.docker.tar:cloister-test/$name:latest" ;;
		oci) skopeo --insecure-policy copy -q "oci:$images/$name:latest" \
			"oci-archive:$images/$name.oci.tar:latest" ;;
		esac
	done
	touch "$stamp"
	echo "image $name: $(du -sh "$images/$name" | cut -f1)"
}
