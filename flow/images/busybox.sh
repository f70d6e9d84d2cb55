#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# busybox.sh - the smallest image with a shell: busybox and an entry for its user.
. "$(dirname "$0")/lib.sh"
image busybox
mkdir -p "$work/root/bin" "$work/root/etc" "$work/root/tmp" "$work/root/root" "$work/root/home/guest"
chmod 1777 "$work/root/tmp"
cp "$(command -v busybox)" "$work/root/bin/busybox"
for applet in $(busybox --list); do
	[ "$applet" = busybox ] || ln -s busybox "$work/root/bin/$applet"
done
printf 'root:x:0:0:root:/root:/bin/sh\nguest:x:1000:1000:guest:/home/guest:/bin/sh\n' >"$work/root/etc/passwd"
printf 'root:x:0:\nguest:x:1000:\nextra:x:2000:guest\n' >"$work/root/etc/group"
layer
config --config.env PATH=/bin --config.cmd /bin/sh
finish docker oci
