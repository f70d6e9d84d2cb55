/* SPDX-License-Identifier: Apache-2.0 */
/* machine.c - see machine.h. */

#include "machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/rd.h"
#include "base/wr.h"
#include "codec/cpio.h"
#include "codec/eif.h"
#include "shim/vsock.h"
#include "sys/io.h"

#define INITRD_MAX (64u << 20)
#define CMDLINE                                                                                    \
	"console=ttyS0 quiet reboot=t panic=-1 tsc_early_khz=2500000 lpj=10000000 no_timer_check"

/* Descriptors in the children: see machine_start(). */
enum { FD_FIRST = 3, FD_SECOND = 4, FD_THIRD = 5 };

static int serve(void *window)
{
	struct vsock_options o = { .vhost_fd = FD_FIRST, .channel_fd = FD_SECOND,
				   .guest_cid = MACHINE_CID, .window = *(const uint32_t *)window,
				   .confine = true };
	struct cloister_fault why;
	char text[256];

	if (vsock_serve(o, &why) == CLOISTER_OK)
		return 0;
	fprintf(stderr, "device: %s\n", cloister_fault_text(&why, text, sizeof text));
	return 1;
}

/* Our init and the bundle's modules, under names that say their order only. */
static enum cloister_err make_initrd(struct bytes ramdisk, const char *init, struct buf *out,
				     struct cloister_fault *why)
{
	own(buf_fini) struct buf program = BUF_INIT(INITRD_MAX);
	struct cpio_out to = cpio_out(out);
	struct cpio from = cpio_open(ramdisk);
	struct cpio_entry e = { 0 };
	unsigned n = 0;
	char name[32];

	TRY(file_read(AT_FDCWD, init, INITRD_MAX, &program, why));
	cpio_put_file(&to, "init", 0755, buf_bytes(&program));
	cpio_put_dir(&to, "dev", 0755);
	cpio_put_dir(&to, "modules", 0755);
	for (;;) {
		TRY(cpio_next(&from, &e, why));
		if (from.end)
			break;
		bool vsock = e.name.len > 8 && memcmp(e.name.data, "modules/", 8) == 0 &&
			     (memmem(e.name.data, e.name.len, "vsock", 5) ||
			      memmem(e.name.data, e.name.len, "virtio", 6));
		if (!vsock)
			continue;
		snprintf(name, sizeof name, "modules/%02u.ko", n++);
		cpio_put_file(&to, name, 0644, e.content);
	}
	cpio_end(&to, 512);
	return buf_ok(out, "initrd", why);
}

static enum cloister_err memory_file(const char *name, struct bytes content, int *fd_out,
				     struct cloister_fault *why)
{
	own(drop_fd) int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		return fail_sys(why, "machine.memfd", "%s", name);
	TRY(io_write_full(fd, content.data, content.len, why));
	*fd_out = give(fd, -1);
	return CLOISTER_OK;
}

static enum cloister_err start_device(uint32_t *window, int vhost, int channel, struct proc *out,
				      struct cloister_fault *why)
{
	struct proc_spec spec = PROC_SPEC_INIT;

	spec.fn = serve;
	spec.ctx = window;
	spec.fds[0] = vhost;
	spec.fds[1] = channel;
	spec.n_fds = 2;
	spec.die_with_parent = true;
	return proc_start(&spec, out, why);
}

static enum cloister_err start_qemu(unsigned mem_mib, int vhost, int kernel, int initrd,
				    struct proc *out, struct cloister_fault *why)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	char path[4096], size[32], object[96];
	const char *argv[] = { "qemu-system-x86_64", "-M", "microvm,memory-backend=mem",
			       "-object", object, "-accel", "tcg", "-cpu", "max", "-m", size,
			       "-nodefaults", "-no-user-config", "-display", "none",
			       "-serial", "stdio", "-no-reboot",
			       "-chardev", "socket,id=v,fd=3",
			       "-device", "vhost-user-vsock-device,chardev=v",
			       "-kernel", "/proc/self/fd/4", "-initrd", "/proc/self/fd/5",
			       "-append", CMDLINE, NULL };

	snprintf(size, sizeof size, "%u", mem_mib);
	snprintf(object, sizeof object, "memory-backend-memfd,id=mem,size=%uM,share=on", mem_mib);
	TRY(proc_find(argv[0], path, sizeof path, why));
	spec.path = path;
	spec.argv = argv;
	spec.in = -1;
	spec.out = 2; /* the console */
	spec.fds[FD_FIRST - 3] = vhost;
	spec.fds[FD_SECOND - 3] = kernel;
	spec.fds[FD_THIRD - 3] = initrd;
	spec.n_fds = 3;
	spec.die_with_parent = true;
	return proc_start(&spec, out, why);
}

static void close_pair(int (*fds)[2])
{
	drop_fd(&(*fds)[0]);
	drop_fd(&(*fds)[1]);
}

enum cloister_err machine_start(const struct machine_options *o, struct machine *out,
				struct cloister_fault *why)
{
	own(machine_drop) struct machine m = MACHINE_INIT;
	own(drop_map) struct bytes file = BYTES_NONE;
	own(buf_fini) struct buf initrd = BUF_INIT(INITRD_MAX);
	own(drop_fd) int kernel_fd = -1;
	own(drop_fd) int initrd_fd = -1;
	own(close_pair) int vhost[2] = { -1, -1 };
	own(close_pair) int channel[2] = { -1, -1 };
	uint32_t window = o->window;
	struct eif e;

	TRY(file_map(AT_FDCWD, o->platform, LIMIT_EIF, &file, why));
	TRY(eif_read(file, &e, why));
	TRY(make_initrd(e.ramdisks[0], o->init, &initrd, why));
	TRY(memory_file("kernel", e.kernel, &kernel_fd, why));
	TRY(memory_file("initrd", buf_bytes(&initrd), &initrd_fd, why));
	TRY(io_pair(SOCK_STREAM, vhost, why));
	TRY(io_pair(SOCK_SEQPACKET, channel, why));
	TRY(start_device(&window, vhost[0], channel[0], &m.device, why));
	TRY(start_qemu(o->mem_mib, vhost[1], kernel_fd, initrd_fd, &m.qemu, why));
	m.channel = give(channel[1], -1);
	*out = give(m, (struct machine)MACHINE_INIT);
	return CLOISTER_OK;
}

static enum cloister_err ended_well(struct proc *p, const char *what, int timeout_ms,
				    struct cloister_fault *why)
{
	struct proc_end end;
	bool ended;

	TRY(proc_wait(p, timeout_ms, &ended, &end, why));
	if (!ended)
		return fail(why, CLOISTER_E_TIMEOUT, what, "did not end within %d ms", timeout_ms);
	if (end.status != 0)
		return fail(why, CLOISTER_E_PEER, what, "ended with status %d, signal %d", end.status,
			    end.signal);
	return CLOISTER_OK;
}

enum cloister_err machine_end(struct machine *m, int timeout_ms, struct cloister_fault *why)
{
	TRY(ended_well(&m->qemu, "QEMU", timeout_ms, why));
	return ended_well(&m->device, "the device", timeout_ms, why);
}

void machine_drop(struct machine *m)
{
	proc_drop(&m->qemu);
	proc_drop(&m->device);
	drop_fd(&m->channel);
}

enum cloister_err machine_event(struct machine *m, uint32_t *port, int *fd,
				struct cloister_fault *why)
{
	uint8_t raw[8];
	size_t len;

	*port = 0;
	TRY(io_recv_msg(m->channel, raw, sizeof raw, &len, fd, why));
	if (len == 0)
		return fail(why, CLOISTER_E_PEER, "channel", "the device has gone");
	struct rd r = rd_open(bytes_of(raw, len), why);
	if (rd_u8(&r, "type") == 'I')
		*port = rd_be32(&r, "port");
	return rd_close(&r, "channel");
}

enum cloister_err machine_dial(struct machine *m, uint32_t port, int *fd,
			       struct cloister_fault *why)
{
	own(close_pair) int pair[2] = { -1, -1 };
	uint8_t raw[5];
	struct wr w = wr_open(raw, sizeof raw);

	wr_u8(&w, 'C');
	wr_be32(&w, port);
	TRY(io_pair(SOCK_STREAM, pair, why));
	TRY(io_send_msg(m->channel, BYTES_OF(raw), pair[0], why));
	*fd = give(pair[1], -1);
	return CLOISTER_OK;
}
