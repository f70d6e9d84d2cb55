/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer_worker.c - the confined process that meets a stranger's tar archive.
 * Its only descriptor is the socket it was born with; what it may call is the
 * list below. It opens nothing, writes no file and is believed in nothing.
 *
 * libarchive's tar reader only, no filters. Nothing in Cloister sets a locale, so
 * this is the "C" locale, where pax names that are not ASCII cannot
 * be converted and so come out as the bytes they are (with a warning, which is
 * the one kind of warning accepted here).
 */

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image/layer.h"
#include "image/shown.h"
#include "sys/confine.h"
#include "sys/io.h"
#include "sys/worker.h"

static const int allowed[] = {
	SYS_read, SYS_write, SYS_exit_group, SYS_rt_sigreturn,
	/* malloc */
	SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise,
	/* the sanitizers' runtime, harmless elsewhere */
	SYS_futex, SYS_sched_yield, SYS_gettid, SYS_sigaltstack,
};
#define TAR_BLOCK 512u
#define WORKER_MEMORY ((uint64_t)768 << 20) /* zstd's window, libarchive's headers, and air */

struct decoder {
	struct inflow *in;
	struct archive *archive;
	layer_push *push;
	void *ctx;
	struct wr out;
	struct cloister_fault fault; /* of the stream, met inside libarchive's callback */
	bool stream_ended;
	bool ends_unpadded; /* the last file's content is whole, its padding and the end are missing */
	uint8_t room[2 * (RECORD_HEAD + RECORD_MAX)];
};

static void drop_archive(struct archive **a)
{
	if (*a)
		archive_read_free(*a);
}

static enum cloister_err flush(struct decoder *d, struct cloister_fault *why)
{
	struct bytes frames = bytes_of(d->room, d->out.len);

	d->out = wr_open(d->room, sizeof d->room);
	if (frames.len && !d->push(d->ctx, frames))
		return fail(why, CLOISTER_E_PEER, "layer", "nobody listens");
	return CLOISTER_OK;
}

/* Make room for one more frame of any kind. */
static enum cloister_err frame(struct decoder *d, struct cloister_fault *why)
{
	return sizeof d->room - d->out.len < RECORD_HEAD + RECORD_MAX ? flush(d, why) : CLOISTER_OK;
}

static la_ssize_t pull_stream(struct archive *a, void *ctx, const void **out)
{
	struct decoder *d = ctx;
	struct bytes b;

	if (inflow_next(d->in, &b, &d->fault) != CLOISTER_OK) {
		archive_set_error(a, EIO, "the stream failed");
		return -1;
	}
	d->stream_ended = b.len == 0;
	*out = b.data;
	return (la_ssize_t)b.len;
}

/* Why libarchive stopped: the stream's own fault, else its sentence. */
static enum cloister_err archive_fault(struct decoder *d, struct cloister_fault *why)
{
	const char *text = archive_error_string(d->archive);

	if (d->fault.err) {
		*why = d->fault;
		return why->err;
	}
	return fail(why, CLOISTER_E_MALFORMED, "layer", "not a sound tar archive: %s",
		    text ? text : "no reason given");
}

/* ARCHIVE_OK, or a warning that says no more than "this name is not ASCII". */
static bool sound(struct decoder *d, int r)
{
	const char *text = archive_error_string(d->archive);

	return r == ARCHIVE_OK ||
	       (r == ARCHIVE_WARN && text && strstr(text, " can't be converted from UTF-8 to"));
}

static enum cloister_err number(int64_t v, const char *what, const struct layer_entry *e,
				uint32_t *out, struct cloister_fault *why)
{
	if (v < 0 || v >= UINT32_MAX)
		return fail(why, CLOISTER_E_LIMIT, "layer", "`%s` has the impossible %s %lld",
			    shown(e->path).text, what, (long long)v);
	*out = (uint32_t)v;
	return CLOISTER_OK;
}

static enum cloister_err name(const char *text, const char *what, struct bytes *out,
			      struct cloister_fault *why)
{
	if (!text || !*text)
		return fail(why, CLOISTER_E_MALFORMED, "layer", "an entry without %s", what);
	*out = bytes_text(text);
	if (out->len >= LIMIT_PATH)
		return fail(why, CLOISTER_E_LIMIT, "layer", "%s of %zu bytes: `%s`", what, out->len,
			    shown(*out).text);
	return CLOISTER_OK;
}

static enum cloister_err kind(struct archive_entry *a, struct layer_entry *e,
			      struct cloister_fault *why)
{
	if (archive_entry_hardlink(a)) {
		e->kind = LAYER_HARDLINK;
		return name(archive_entry_hardlink(a), "a link target", &e->target, why);
	}
	switch (archive_entry_filetype(a)) {
	case AE_IFREG: e->kind = LAYER_FILE; break;
	case AE_IFDIR: e->kind = LAYER_DIR; break;
	case AE_IFIFO: e->kind = LAYER_FIFO; break;
	case AE_IFSOCK: e->kind = LAYER_SOCKET; break;
	case AE_IFCHR: case AE_IFBLK: e->kind = LAYER_DEVICE; break;
	case AE_IFLNK:
		e->kind = LAYER_SYMLINK;
		return name(archive_entry_symlink(a), "a link target", &e->target, why);
	default:
		return fail(why, CLOISTER_E_UNSUPPORTED, "layer", "`%s` is of an unknown type",
			    shown(e->path).text);
	}
	return CLOISTER_OK;
}

static enum cloister_err xattrs(struct archive_entry *a, struct layer_entry *e,
				struct cloister_fault *why)
{
	const char *key;
	const void *value;
	size_t len, total = 0;

	archive_entry_xattr_reset(a);
	while (archive_entry_xattr_next(a, &key, &value, &len) == ARCHIVE_OK) {
		struct bytes k = bytes_text(key ? key : "");
		if (!xattr_kept(k)) {
			e->n_left_out += e->n_left_out < UINT8_MAX;
			continue;
		}
		total += k.len + len;
		if (e->n_xattrs == LIMIT_XATTRS || k.len > UINT8_MAX || total > LIMIT_XATTR)
			return fail(why, CLOISTER_E_LIMIT, "layer", "too many extended attributes at `%s`",
				    shown(e->path).text);
		e->xattrs[e->n_xattrs++] = (struct layer_xattr){ k, bytes_of(value, len) };
	}
	return CLOISTER_OK;
}

static enum cloister_err entry(struct decoder *d, struct archive_entry *a,
			       struct cloister_fault *why)
{
	struct layer_entry e = { .mode = (uint32_t)archive_entry_perm(a) & 07777 };
	int64_t size = archive_entry_size(a), mtime = archive_entry_mtime(a);

	TRY(name(archive_entry_pathname(a), "a name", &e.path, why));
	TRY(kind(a, &e, why));
	TRY(number(archive_entry_uid(a), "owner", &e, &e.uid, why));
	TRY(number(archive_entry_gid(a), "group", &e, &e.gid, why));
	if (size < 0 || (uint64_t)size > LIMIT_LAYER_BYTES)
		return fail(why, CLOISTER_E_LIMIT, "layer", "`%s` claims %lld bytes",
			    shown(e.path).text, (long long)size);
	if (size > 0 && e.kind == LAYER_HARDLINK)
		return fail(why, CLOISTER_E_MALFORMED, "layer", "the hard link `%s` has content",
			    shown(e.path).text);
	e.size = e.kind == LAYER_FILE ? (uint64_t)size : 0;
	e.mtime = mtime > 0 ? (uint64_t)mtime : 0;
	TRY(xattrs(a, &e, why));
	TRY(frame(d, why));
	record_entry(&d->out, &e);
	return CLOISTER_OK;
}

/*
 * umoci and others end a layer with the last file's last byte. Docker reads that, so we do: the
 * stream is over, every byte of content came, and the archive stops exactly behind it.
 */
static bool only_padding_is_missing(const struct decoder *d, uint64_t size, uint64_t n_read)
{
	return d->stream_ended && !d->fault.err && n_read == size &&
	       inflow_total(d->in) % TAR_BLOCK == size % TAR_BLOCK;
}

static enum cloister_err content(struct decoder *d, uint64_t size, struct cloister_fault *why)
{
	const void *block;
	size_t len;
	la_int64_t at;
	uint64_t n_read = 0;
	int r;

	while ((r = archive_read_data_block(d->archive, &block, &len, &at)) == ARCHIVE_OK)
		for (size_t done = 0; done < len;) {
			size_t n = len - done < RECORD_DATA_MAX ? len - done : RECORD_DATA_MAX;
			TRY(frame(d, why));
			record_data(&d->out, (uint64_t)at + done,
				    bytes_of((const uint8_t *)block + done, n));
			done += n;
			n_read += n;
		}
	d->ends_unpadded = r != ARCHIVE_EOF && only_padding_is_missing(d, size, n_read);
	return r == ARCHIVE_EOF || d->ends_unpadded ? CLOISTER_OK : archive_fault(d, why);
}

static enum cloister_err entries(struct decoder *d, struct cloister_fault *why)
{
	struct archive_entry *a;
	int r;

	while (!d->ends_unpadded && (r = archive_read_next_header(d->archive, &a)) != ARCHIVE_EOF) {
		if (!sound(d, r))
			return archive_fault(d, why);
		TRY(entry(d, a, why));
		if (archive_entry_filetype(a) == AE_IFREG && !archive_entry_hardlink(a))
			TRY(content(d, (uint64_t)archive_entry_size(a), why));
	}
	return CLOISTER_OK;
}

/* Behind the archive's end nothing but zeros may follow; read it, since it is hashed. */
static enum cloister_err finish(struct decoder *d, struct cloister_fault *why)
{
	uint8_t diff_id[SHA256_LEN];
	struct bytes rest;

	do
		TRY(inflow_next(d->in, &rest, why));
	while (rest.len > 0);
	if (!d->ends_unpadded &&
	    inflow_nonzero(d->in) > (uint64_t)archive_filter_bytes(d->archive, -1))
		return fail(why, CLOISTER_E_MALFORMED, "layer", "something follows the archive's end");
	TRY(inflow_digest(d->in, diff_id, why));
	TRY(frame(d, why));
	record_end(&d->out, diff_id, inflow_total(d->in));
	return CLOISTER_OK;
}

static enum cloister_err decode(struct decoder *d, struct cloister_fault *why)
{
	own(drop_archive) struct archive *a = archive_read_new();

	if (!a || archive_read_support_format_tar(a) != ARCHIVE_OK)
		return fail(why, CLOISTER_E_NOMEM, "layer", "out of memory");
	d->archive = a;
	if (archive_read_open(a, d, NULL, pull_stream, NULL) != ARCHIVE_OK)
		return archive_fault(d, why);
	TRY(entries(d, why));
	return finish(d, why);
}

void layer_decode(struct inflow *in, layer_push *push, void *ctx)
{
	static struct decoder d;
	struct cloister_fault why = { 0 }, late;

	d.in = in;
	d.push = push;
	d.ctx = ctx;
	d.fault = (struct cloister_fault){ 0 };
	d.stream_ended = d.ends_unpadded = false;
	d.out = wr_open(d.room, sizeof d.room);
	if (decode(&d, &why) != CLOISTER_OK && frame(&d, &late) == CLOISTER_OK)
		record_refused(&d.out, why.err, why.note);
	(void)!(flush(&d, &late) == CLOISTER_OK);
}

static enum cloister_err pull_socket(void *ctx, void *room, size_t len, size_t *len_out,
				     struct cloister_fault *why)
{
	ssize_t n;

	(void)ctx;
	do
		n = read(WORKER_FD, room, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail_sys(why, "layer", "the socket failed");
	*len_out = (size_t)n;
	return CLOISTER_OK;
}

static bool push_socket(void *ctx, struct bytes frames)
{
	(void)ctx;
	return io_write_full(WORKER_FD, frames.data, frames.len, NULL) == CLOISTER_OK;
}

/* glibc opens its table of converters on the first use, which is too late behind the walls. */
static void warm_up(void)
{
	char in[] = "\xc3\xa4", out[8], *from = in, *to = out;
	size_t n_from = 2, n_to = sizeof out;

	iconv_t cd = iconv_open("ANSI_X3.4-1968", "UTF-8");
	if (cd != (iconv_t)-1) {
		(void)iconv(cd, &from, &n_from, &to, &n_to);
		iconv_close(cd);
	}
}

int layer_worker(void *ctx)
{
	const struct layer_job *job = ctx;
	const struct confine walls = { .allow = allowed, .n_allow = sizeof allowed / sizeof *allowed,
				       .memory = WORKER_MEMORY, .no_files = true };
	const struct inflow_job in_job = { job->codec, job->ceiling, job->hash, pull_socket, NULL };
	own(drop_inflow) struct inflow *in = NULL;

	warm_up();
	if (inflow_open(&in_job, &in, NULL) != CLOISTER_OK)
		return 1;
	if (confine(&walls, NULL, NULL) != CLOISTER_OK)
		return 2;
	layer_decode(in, push_socket, NULL);
	return 0;
}
