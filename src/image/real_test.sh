#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# real_test.sh PROBE - images made by umoci and skopeo, in every format we read, against what
# unsquashfs makes of our squashfs: the same files, content, modes, owners, links and xattrs as
# the directory that the image was made from. Skips (77) without those tools or without root.
set -eu

probe=$(realpath "$1")
for tool in umoci skopeo unsquashfs setcap getcap; do
	command -v "$tool" >/dev/null || { echo "skipped: there is no $tool here"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: only root can make files of other owners"; exit 77; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/cloister-real.XXXXXX")
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir scratch
export TMPDIR="$dir/scratch"

die() { echo "FAILED: $*"; exit 1; }
quiet() { "$@" >log 2>&1 || { cat log; die "$@"; }; }
copy() { quiet skopeo --insecure-policy copy -q "$@"; }

# Everything about a tree that an image carries, one line a name. Directories' sizes and link
# counts are the file system's own business.
listing() (
	cd "$1"
	find . -mindepth 1 -type d -printf '%P|%y|%m|%U|%G\n' -o -mindepth 1 -type f -printf '%P|%y|%m|%U|%G|%s|%n\n' \
		-o -mindepth 1 -printf '%P|%y|%U|%G|%l\n' | LC_ALL=C sort
	find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
	getcap -r . | LC_ALL=C sort
)

long=$(printf 'n%.0s' $(seq 200))
quiet umoci init --layout oci
quiet umoci new --image oci:one
quiet umoci unpack --image oci:one bundle
r=bundle/rootfs
mkdir -p $r/bin $r/etc $r/usr/lib $r/gone/deep $r/opaque/below "$r/$long/$long" $r/tmp $r/todir
chmod 1777 $r/tmp
head -c 300000 /dev/urandom >$r/bin/random
cp $r/bin/random $r/bin/again
ln $r/bin/random $r/bin/hard
ln $r/bin/random $r/usr/hard2
chmod 4755 $r/bin/random
ln -s usr/lib $r/lib
ln -s /nowhere $r/dangling
ln $r/dangling $r/dangling2 2>/dev/null || true
mkfifo -m 620 $r/fifo
: >$r/empty
truncate -s 5M $r/hole
printf end >>$r/hole
truncate -s 1M $r/allhole
echo one >$r/usr/lib/lib1
echo x >"$r/$long/$long/$long"
echo umlaut >"$r/$(printf '\303\274 and \351 raw')"
echo 'root:x:0:0:root:/root:/bin/sh' >$r/etc/passwd
echo 1 >$r/gone/deep/a
echo 1 >$r/opaque/below/a
echo 1 >$r/tofile
echo caps >$r/bin/ping
chown 12345:54321 $r/etc/passwd
chown -h 7:8 $r/dangling
chmod 0 $r/empty
setcap cap_net_raw+ep $r/bin/ping
seq 2000 | while read -r i; do echo "$i" >$r/usr/f"$i"; done
quiet umoci repack --image oci:one bundle
# The second layer: removed, replaced by another type, changed, linked.
rm -rf bundle2
quiet umoci unpack --image oci:one bundle2
r=bundle2/rootfs
rm -rf $r/gone $r/opaque $r/tofile $r/todir
mkdir $r/opaque $r/tofile
echo 2 >$r/opaque/new
echo 2 >$r/tofile/inside
echo 2 >$r/todir
echo two >$r/usr/lib/lib2
echo two >$r/etc/motd
chmod 2700 $r/etc
rm $r/usr/f1000
quiet umoci repack --image oci:one bundle2
quiet umoci config --image oci:one --config.cmd /bin/x --config.user 5:6 --config.exposedports 80/tcp
listing bundle2/rootfs >want

copy oci:oci:one docker-archive:docker.tar:test:one
copy oci:oci:one oci-archive:oci.tar:one
copy --dest-compress-format zstd oci:oci:one oci:zstd:one

# As newer versions of Docker save: an OCI layout that has a manifest.json too, its layers compressed.
mkdir newer
(cd newer && tar xf ../oci.tar)
manifest=$(sed 's/.*"digest":"sha256:\([0-9a-f]*\)".*/\1/' newer/index.json)
config=$(sed 's/.*"config":{[^}]*"digest":"sha256:\([0-9a-f]*\)".*/\1/' newer/blobs/sha256/"$manifest")
layers=$(grep -o '"layers":.*' newer/blobs/sha256/"$manifest" | grep -o 'sha256:[0-9a-f]*' |
	sed 's/sha256:\(.*\)/"blobs\/sha256\/\1"/' | paste -sd,)
echo "[{\"Config\":\"blobs/sha256/$config\",\"RepoTags\":[\"new:one\"],\"Layers\":[$layers]}]" >newer/manifest.json
tar cf newer.tar -C newer .

# An index in an index, with another platform and an attestation beside the image.
cp -r newer nested
blob() { sum=$(sha256sum "$1"); sum=${sum%% *}; len=$(stat -c %s "$1"); cp "$1" nested/blobs/sha256/"$sum"; }
m='application/vnd.oci.image.manifest.v1+json'
printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"sha256:%064d","size":3,"platform":{"os":"linux","architecture":"arm64"}},{"mediaType":"%s","digest":"sha256:%064d","size":3,"platform":{"os":"unknown","architecture":"unknown"},"annotations":{"vnd.docker.reference.type":"attestation-manifest"}},{"mediaType":"%s","digest":"sha256:%s","size":%s,"platform":{"os":"linux","architecture":"amd64"}}]}' \
	$m 1 $m 2 $m "$manifest" "$(stat -c %s newer/blobs/sha256/"$manifest")" >inner
blob inner
printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:%s","size":%s,"annotations":{"org.opencontainers.image.ref.name":"multi"}}]}' \
	"$sum" "$len" >nested/index.json

for ref in oci:oci:one oci:oci docker-archive:docker.tar oci-archive:oci.tar:one oci-archive:oci.tar \
	oci:zstd:one docker-archive:newer.tar oci-archive:newer.tar oci:nested:multi oci:nested; do
	"$probe" "$ref" out.sqfs >facts || die "$ref"
	if [ ! -e first.sqfs ]; then
		mv out.sqfs first.sqfs
		[ $(($(stat -c %s first.sqfs) % 4096)) = 0 ] || die "not padded"
		unsquashfs -no-progress -d tree first.sqfs >log 2>&1 || { cat log; die unsquashfs; }
		listing tree >got
		diff want got || die "$ref: the tree is another"
	else
		cmp first.sqfs out.sqfs || die "$ref: another squashfs"
	fi
	echo "$ref: $(tr '\n' ' ' <facts)"
done

refused() { # SENTENCE REFERENCE [ARCH]
	sentence=$1
	shift
	rm -f no.sqfs
	if "$probe" "$1" no.sqfs ${2:+"$2"} 2>err; then die "$1 was accepted"; fi
	grep -q -- "$sentence" err || { cat err; die "$1: not \`$sentence\`"; }
	[ ! -e no.sqfs ] || die "$1: something was left behind"
	echo "refused: $(cat err)"
}

refused 'tags: one' oci:oci:other
refused 'tags: multi' oci:nested:one
refused 'platforms: linux/arm64, linux/amd64' oci:nested:multi riscv64
refused 'it is for linux/amd64' docker-archive:docker.tar arm64
refused 'there are docker-archive:FILE, oci:' oci/
refused 'docker-archive:FILE reads it' oci-archive:docker.tar
refused 'it is not a tar archive' docker-archive:first.sqfs
refused 'there is no' oci:nowhere
cp -r newer damaged
big=$(cd damaged/blobs/sha256 && ls -S | head -1)
printf X | dd of=damaged/blobs/sha256/"$big" bs=1 seek=5000 conv=notrunc 2>/dev/null
refused 'layer: 1 of 2' oci:damaged
cp newer/blobs/sha256/"$big" damaged/blobs/sha256/"$big"
sed -i 's/amd64/amd46/' damaged/blobs/sha256/"$config"
refused 'is not what its name says' oci:damaged
truncate -s -1 damaged/blobs/sha256/"$config"
refused 'bytes long, not' oci:damaged
head -c 200000 docker.tar >cut.tar
refused 'it ends inside' docker-archive:cut.tar
gzip -k docker.tar
refused 'gzip -d' docker-archive:docker.tar.gz
refused 'No such file' docker-archive:missing.tar
[ -z "$(ls -A scratch)" ] || die "something was left in TMPDIR"
echo ok
