#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# tools_test.sh - layers, doors, headers and manual refuse what they are there to
# refuse: each planted fault must be found, and a clean tree must pass.
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0
n=0

# fresh: a small clean tree in $work/t
fresh() {
	rm -rf "$work/t"
	mkdir -p "$work/t/include/cloister" "$work/t/src/base" "$work/t/src/codec" "$work/t/src/cli" \
		"$work/t/src/evidence" "$work/t/src/crypto" "$work/t/man"
	cd "$work/t"
	printf '#ifndef CLOISTER_ERR_H\n#define CLOISTER_ERR_H\nenum cloister_err { CLOISTER_OK };\n#endif\n' \
		>include/cloister/err.h
	printf '#ifndef BASE_RD_H\n#define BASE_RD_H\n#include "cloister/err.h"\nint rd(void);\n#endif\n' \
		>src/base/rd.h
	printf '/* memcmp(a, b) is for mem.c; time() for clock.c */\n#include "base/rd.h"\nconst char *s = "fork() ioctl(";\n' \
		>src/codec/cbor.c
	printf '#define COMMANDS(C) \\\n\tC(run, "start one")\n' >src/cli/commands.h
	printf '.Dd January 1, 2026\n.Dt CLOISTER 1\n.Os\n.Sh NAME\n.Nm cloister\n.Nd enclaves\n.Sh SEE ALSO\n.Xr cloister-run 1\n' \
		>man/cloister.1
	printf '.Dd January 1, 2026\n.Dt CLOISTER-RUN 1\n.Os\n.Sh NAME\n.Nm cloister-run\n.Nd start\n.Sh DESCRIPTION\n.Bl -tag -width Ds\n.It Fl -name Ar NAME\nIts name.\n.El\n' \
		>man/cloister-run.1
	printf '#!/bin/sh\necho "usage: cloister run [--name NAME]"\n' >program
	chmod +x program
}

# expect STATUS TEXT TOOL...: the tool's exit status, and a text in what it says
expect() {
	status=$1
	text=$2
	shift 2
	n=$((n + 1))
	got=0
	"$@" >"$work/says" 2>&1 || got=$?
	if [ "$got" -ne "$status" ] || ! grep -qF -- "$text" "$work/says"; then
		echo "expected status $status and \"$text\", got $got from: $*"
		cat "$work/says"
		wrong=$((wrong + 1))
	fi
}

fresh
expect 0 'all point down' "$tools/layers" .
expect 0 'nothing outside' "$tools/doors" .
expect 0 'compile alone' "$tools/headers" .
if command -v mandoc >/dev/null; then
	expect 0 '2 pages, 1 commands' "$tools/manual" . ./program
fi

echo '#include "codec/cbor.h"' >src/base/up.c
expect 1 'src/base/up.c:1: base may not include codec' "$tools/layers" .
fresh
echo '#include "sys/clock.h"' >src/evidence/pure.c
expect 1 'evidence may not include sys' "$tools/layers" .
fresh
echo '#include "rd.h"' >src/codec/bare.c
expect 1 'names no module' "$tools/layers" .
fresh
mkdir src/novel && echo 'int x;' >src/novel/x.c
expect 1 'has no row' "$tools/layers" .
expect 2 'no C file' "$tools/layers" man

# door FILE LINE NAME: this line in this file is found by this name
door() {
	fresh
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "$2" >"$1"
	expect 1 "$1:1: $3" "$tools/doors" .
}
# free FILE LINE: this line may stand in this file
free() {
	fresh
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "$2" >"$1"
	expect 0 'nothing outside' "$tools/doors" .
}
door src/codec/x.c '#include <openssl/evp.h>' OpenSSL
door src/codec/x_test.c '#include <openssl/evp.h>' OpenSSL
free src/crypto/x.c '#include <openssl/evp.h>'
door src/codec/x.c '#include <archive.h>' libarchive
door src/codec/x.c '#include <sqfs/io.h>' libsquashfs
door src/cli/x.c '	if (ioctl(fd, 1))' ioctl
door src/cli/x.c '	fd = epoll_create1(0);' epoll
free src/sys/loop.c '	fd = epoll_create1(0);'
door src/sys/io.c '	pid_t p = fork();' processes
door src/cli/x.c '	execve(path, argv, envp);' processes
free src/sys/proc.c '	pid_t p = fork();'
free src/sys/io_test.c '	pid_t p = fork();'
free src/cli/x.c '	x->system(y);'
door src/crypto/x.c '	return memcmp(a, b, n) == 0;' 'comparing secrets'
free src/base/mem.c '	return memcmp(a, b, n) == 0;'
door src/evidence/x.c '	time_t now = time(NULL);' 'the clock'
door src/evidence/x.c '	clock_gettime(CLOCK_REALTIME, &t);' 'the clock'
door src/evidence/x.c '	const char *e = getenv("X");' 'settings from the environment'
door src/codec/x.c '	n = rand();' chance
door src/codec/x.c '	strcpy(a, b); /* fine */' 'unbounded text'
door src/codec/x.c '/* a */ sprintf(a, "x");' 'unbounded text'
door src/cli/x.c '	sqlite3_open(f, &db);' SQL
door src/cli/x.c '	v.finding[0] = CLOISTER_HELD;' 'who says yes'
free src/codec/x.c '	runtime(x); /* time(NULL) */ // fork()'

fresh
echo 'struct a { uint32_t x; };' >src/base/needs.h
expect 1 'src/base/needs.h: does not compile alone as gnu2x' "$tools/headers" .
fresh
echo 'struct { int class; long long a; } x(void) { int b[] = { }; }' >include/cloister/bad.h
expect 1 'include/cloister/bad.h: does not compile alone as C99' "$tools/headers" .

fresh
printf '#define COMMANDS(C) \\\n\tC(run, "start one") \\\n\tC(stop, "end one")\n' >src/cli/commands.h
expect 1 '`stop` has no page' "$tools/manual" .
fresh
printf '#!/bin/sh\necho "usage: cloister run [--name NAME] [--memory MIB]"\n' >program
expect 1 'does not explain --memory' "$tools/manual" . ./program
if command -v mandoc >/dev/null; then
	fresh
	printf '.Xx what\n' >>man/cloister-run.1
	expect 1 'mandoc is not content' "$tools/manual" .
fi

[ "$wrong" -eq 0 ] || {
	echo "tools_test: $wrong of $n cases went wrong"
	exit 1
}
echo "tools_test: $n cases"
