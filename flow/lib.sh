# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# lib.sh - what the end-to-end tests share. Each test is one readable script that
# drives the real `cloister`, real images, real clients and a real guest kernel.
#
#   . "$(dirname "$0")/lib.sh"
#   eif redis docker-archive:redis.docker.tar       build $work/redis.eif
#   boot cache "$work/redis.eif" --publish …:6379   run it, detached, and wait until it runs
#   expect 0 'accepted' cloister verify …           exit status and a text in the output
#   done_                                           the last line: how many things held
#
# Everything lives in one scratch folder with its own state directory; at the end
# every enclave is stopped and every process that names the folder is gone.
set -eu
umask 022
export LC_ALL=C.UTF-8
source_dir=$(cd "$(dirname "$0")/.." && pwd)
build=${CLOISTER_BUILD:-$source_dir/build}
images=$build/images
PATH=$build/src/cli:$PATH:/usr/sbin:/sbin
export CLOISTER_PLATFORM=${CLOISTER_PLATFORM:-$build/platform.eif}
work=$(mktemp -d "${TMPDIR:-/tmp}/cloister-flow.XXXXXX")
export CLOISTER_STATE_DIR="$work/state"
# QEMU's own user must be able to pass.
chmod 755 "$work"
n_held=0
helpers= # processes that a test started by hand

# ours: processes, other than this one, whose command line names the scratch folder
ours() {
	for proc in /proc/[0-9]*; do
		pid=${proc#/proc/}
		[ "$pid" != "$$" ] || continue
		if cat "$proc/cmdline" 2>/dev/null | tr '\0' ' ' | grep -qF -- "$work/"; then
			echo "$pid"
		fi
	done
}

clean_up() {
	status=$?
	trap - EXIT INT TERM
	set +e
	for dir in "$CLOISTER_STATE_DIR"/enclaves/*; do
		[ -d "$dir" ] || continue
		[ "$status" -eq 0 ] || show_enclave "$dir"
		timeout 20 cloister stop --time 1 "${dir##*/}" >/dev/null 2>&1
		timeout 20 cloister rm --force "${dir##*/}" >/dev/null 2>&1
	done
	left="$helpers $(ours)"
	[ -z "${left# }" ] || kill -KILL $left 2>/dev/null
	rm -rf "$work"
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# What is known about an enclave, for a test that failed.
show_enclave() {
	echo "--- $1"
	cat "$1/enclave.json" 2>/dev/null
	tail -n 20 "$1/log" "$1/console" "$1/shim.log" 2>/dev/null
}

die() {
	echo "FAILED: $*" >&2
	exit 1
}
held() {
	n_held=$((n_held + 1))
	echo "held: $*"
}
skip() {
	echo "skipped: $*"
	exit 77
}
done_() {
	echo "$n_held things held"
}

# expect STATUS TEXT COMMAND...: its exit status, and TEXT somewhere in what it says
expect() {
	want=$1
	text=$2
	shift 2
	got=0
	"$@" >"$work/says" 2>&1 || got=$?
	if [ "$got" -ne "$want" ]; then
		cat "$work/says" >&2
		die "status $got instead of $want from: $*"
	fi
	if ! grep -qF -- "$text" "$work/says"; then
		cat "$work/says" >&2
		die "nothing says \"$text\" in the output of: $*"
	fi
	held "$(echo "$*" | sed "s|$work/||g; s|$source_dir/||g" | cut -c 1-110) => $want, \"$text\""
}

# same WHAT A B
same() {
	[ -n "$2" ] || die "$1: nothing to compare"
	[ "$2" = "$3" ] || die "$1: $2 is not $3"
	held "$1: $(echo "$2" | cut -c 1-40)"
}

# within SECONDS COMMAND...: it works at last, or the test fails
within() {
	limit=$(($(date +%s) + $1))
	shift
	until "$@" >"$work/within" 2>&1; do
		if [ "$(date +%s)" -ge "$limit" ]; then
			cat "$work/within" >&2
			die "not in time: $*"
		fi
		sleep 0.1
	done
	held "$(echo "$*" | sed "s|$work/||g" | cut -c 1-110)"
}

# field KEY FILE: the first such member of a JSON text, a string or a number
field() {
	python3 - "$1" "$2" <<'END'
import json, sys
def find(value, key):
	if isinstance(value, dict):
		if key in value:
			return value[key]
		value = list(value.values())
	if isinstance(value, list):
		for one in value:
			found = find(one, key)
			if found is not None:
				return found
	return None
found = find(json.load(open(sys.argv[2])), sys.argv[1])
if found is None:
	sys.exit("no " + sys.argv[1])
print(found if isinstance(found, str) else json.dumps(found))
END
}

free_port() {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

nonce() {
	openssl rand -hex 32
}

# eif NAME SOURCE [OPTION...]: $work/NAME.eif
eif() {
	out=$work/$1.eif
	from=$2
	shift 2
	cloister build "$from" -o "$out" "$@" >"$work/build.log" 2>&1 || {
		cat "$work/build.log" >&2
		die "could not build from $from"
	}
}

# boot NAME EIF [OPTION...]: detached, and running when this returns
boot() {
	name=$1
	file=$2
	shift 2
	timeout 120 cloister run "$file" --name "$name" --detach "$@" >"$work/run.log" 2>&1 || {
		cat "$work/run.log" >&2
		die "$name did not start"
	}
	held "$name runs"
}

# image_with NAME PROGRAM...: the busybox image plus these programs in /bin as one more layer;
# leaves the OCI layout $work/NAME
image_with() {
	image=$work/$1
	shift
	cp -r "$images/busybox" "$image"
	mkdir -p "$image.add/bin"
	cp "$@" "$image.add/bin/"
	tar --owner=0 --group=0 -C "$image.add" -cf "$image.tar" .
	umoci raw add-layer --image "$image:latest" "$image.tar" || die 'umoci could not add the layer'
	rm -rf "$image.add" "$image.tar"
}

[ -x "$build/src/cli/cloister" ] || skip "nothing is built in $build"
[ -e "$CLOISTER_PLATFORM" ] || skip "there is no platform bundle $CLOISTER_PLATFORM; tools/platform makes it"
