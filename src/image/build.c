/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build.c - the steps of `cloister build` (doc/build.md). The order of the file on disk is the
 * order of the format; the root filesystem is written into its place first, because what stands
 * before it says how long it is.
 */

#include "image/build.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/date.h"
#include "base/wr.h"
#include "image/metadata.h"
#include "image/platform.h"
#include "image/build_record.h"
#include "image/rootfs.h"
#include "sys/io.h"

#define MIB ((uint64_t)1 << 20)

/* Everything that is open while an image is made. */
struct work {
	const struct build_request *q;
	struct bytes bundle; /* mapped */
	struct platform platform;
	struct image *image;
	struct tree *tree;
	struct launch launch;
	struct buf metadata, head; /* the metadata section; ramdisk 1 before its root filesystem */
	uint64_t epoch;
	struct file_new file;
	struct bytes map; /* of the finished file */
};

static void drop_work(struct work *w)
{
	drop_map(&w->map);
	file_drop(&w->file);
	buf_fini(&w->head);
	buf_fini(&w->metadata);
	launch_fini(&w->launch);
	drop_tree(&w->tree);
	drop_image(&w->image);
	drop_map(&w->bundle);
}

static void tell(const struct work *w, enum build_step step)
{
	if (w->q->progress)
		w->q->progress(w->q->ctx, &(struct build_news){ .step = step });
}

static void tell_layer(void *ctx, size_t layer, size_t n_layers, uint64_t bytes)
{
	const struct work *w = ctx;

	if (w->q->progress)
		w->q->progress(w->q->ctx, &(struct build_news){ BUILD_LAYERS, layer + 1, n_layers, bytes });
}

uint32_t build_memory_mib(uint64_t image_len)
{
	uint64_t need = (image_len + MIB - 1) / MIB + 72;

	return (uint32_t)(need < 96 ? 96 : need);
}

/* The bundle is not what the caller asked about: its faults say whose they are. */
static enum cloister_err read_platform(struct work *w, struct cloister_fault *why)
{
	struct cloister_fault inner;

	TRY(file_map(AT_FDCWD, w->q->platform, LIMIT_EIF, &w->bundle, why));
	enum cloister_err err = platform_read(w->bundle, &w->platform, &inner);
	if (err) {
		(void)fail(why, err, "platform", "%.60s is no bundle: %s: %.70s", w->q->platform,
			   inner.what, inner.note);
		if (why)
			why->at = inner.at;
	}
	return err;
}

static enum cloister_err open_inputs(struct work *w, struct cloister_fault *why)
{
	tell(w, BUILD_OPEN);
	TRY(read_platform(w, why));
	TRY(image_open(w->q->reference, w->platform.eif.arm64 ? "arm64" : "amd64", &w->image, why));
	return image_merge(w->image, tell_layer, w, &w->tree, why);
}

/* A file of the image, or nothing when it has none. */
static enum cloister_err read_small(const struct tree *t, const char *path, struct buf *out,
				    struct cloister_fault *why)
{
	const struct node *n = tree_find(t, path);

	if (!n || n->inode->type != NODE_FILE)
		return CLOISTER_OK;
	return tree_read(t, n, LIMIT_PASSWD, out, why);
}

static enum cloister_err resolve(struct work *w, struct cloister_fault *why)
{
	own(buf_fini) struct buf passwd = BUF_INIT(LIMIT_PASSWD);
	own(buf_fini) struct buf group = BUF_INIT(LIMIT_PASSWD);
	const struct image_config *c = image_config(w->image);

	TRY(read_small(w->tree, "/etc/passwd", &passwd, why));
	TRY(read_small(w->tree, "/etc/group", &group, why));
	TRY(launch_resolve(c, w->q->wish, buf_bytes(&passwd), buf_bytes(&group), &w->launch, why));
	/* An image without a date, or with one that is none, was made at the epoch. */
	if (w->q->has_epoch)
		w->epoch = w->q->epoch;
	else if (!date_read(c->created, &w->epoch))
		w->epoch = 0;
	return launch_prepare(&w->launch, w->tree, why);
}

static struct build_record record_of(const struct work *w)
{
	return (struct build_record){
		.image_name = image_name(w->image),
		.image_digest = image_digest(w->image),
		.rootfs_writer = rootfs_writer_version(),
		.platform = &w->platform,
		.epoch = w->epoch,
	};
}

static enum cloister_err make_metadata(struct work *w, struct cloister_fault *why)
{
	own(buf_fini) struct buf custom = BUF_INIT(LIMIT_EIF_METADATA);
	const struct build_record record = record_of(w);

	TRY(build_record_inputs(&record, &custom, why));
	const struct metadata m = {
		.name = w->q->name ? w->q->name : record.image_name,
		.version = w->q->version ? w->q->version : record.image_digest,
		.build_time = w->epoch,
		.kernel_version = w->platform.kernel_version,
		.custom = buf_bytes(&custom),
	};
	return metadata_write(&m, &w->metadata, why);
}

static enum cloister_err seek(int fd, uint64_t at, struct cloister_fault *why)
{
	if (lseek(fd, (off_t)at, SEEK_SET) < 0)
		return fail_sys(why, "image.seek", "offset %llu", (unsigned long long)at);
	return CLOISTER_OK;
}

#define N_PARTS 5

/* The sections in file order; ramdisk 1's length is known once its root filesystem is. */
static void list_parts(const struct work *w, uint64_t ramdisk1_len, struct eif_part out[N_PARTS])
{
	const struct eif *e = &w->platform.eif;

	out[0] = (struct eif_part){ EIF_KERNEL, e->kernel, e->kernel.len };
	out[1] = (struct eif_part){ EIF_CMDLINE, e->cmdline, e->cmdline.len };
	out[2] = (struct eif_part){ EIF_METADATA, buf_bytes(&w->metadata), w->metadata.len };
	out[3] = (struct eif_part){ EIF_RAMDISK, e->ramdisks[0], e->ramdisks[0].len };
	out[4] = (struct eif_part){ EIF_RAMDISK, buf_bytes(&w->head), ramdisk1_len };
}

/* Where the last part's data begins. */
static uint64_t ramdisk1_at(const struct eif_part parts[N_PARTS])
{
	uint64_t at = EIF_HEADER;

	for (size_t i = 0; i < N_PARTS - 1; i++)
		at += EIF_SECTION_HEADER + parts[i].len;
	return at + EIF_SECTION_HEADER;
}

/* Header, sections, and of ramdisk 1 what stands before the root filesystem. */
static enum cloister_err write_parts(int fd, bool arm64, const struct eif_part parts[N_PARTS],
				     struct cloister_fault *why)
{
	uint8_t header[EIF_HEADER], section[EIF_SECTION_HEADER];

	eif_header_write(arm64, parts, N_PARTS, header);
	TRY(seek(fd, 0, why));
	TRY(io_write_full(fd, header, sizeof header, why));
	for (size_t i = 0; i < N_PARTS; i++) {
		eif_section_header_write(parts[i].kind, parts[i].len, section);
		TRY(io_write_full(fd, section, sizeof section, why));
		TRY(io_write_full(fd, parts[i].data.data, parts[i].data.len, why));
	}
	return CLOISTER_OK;
}

static enum cloister_err write_crc(int fd, struct cloister_fault *why)
{
	own(drop_map) struct bytes map = BYTES_NONE;
	uint8_t crc[4];
	struct wr w = wr_open(crc, sizeof crc);

	TRY(file_map_fd(fd, LIMIT_EIF, &map, why));
	wr_be32(&w, eif_crc(map));
	TRY(seek(fd, EIF_CRC_AT, why));
	return io_write_full(fd, crc, sizeof crc, why);
}

static enum cloister_err write_file(struct work *w, struct cloister_fault *why)
{
	const struct rootfs_options options = { .mtime = w->epoch > UINT32_MAX ? UINT32_MAX :
									  (uint32_t)w->epoch };
	struct manifest_spec *spec = &w->launch.spec;
	struct eif_part parts[N_PARTS];
	size_t head_len;

	TRY(ramdisk1_head_len(spec, &head_len, why));
	list_parts(w, 0, parts);
	uint64_t rootfs_at = ramdisk1_at(parts) + head_len;
	TRY(file_new(AT_FDCWD, w->q->output, 0644, &w->file, why));
	TRY(seek(w->file.fd, rootfs_at, why));
	tell(w, BUILD_ROOTFS);
	TRY(rootfs_write(w->tree, &options, w->file.fd, &spec->rootfs_len, why));
	spec->memory_mib = build_memory_mib(rootfs_at + spec->rootfs_len);
	if (spec->memory_mib < w->q->wish->memory_mib)
		spec->memory_mib = w->q->wish->memory_mib;
	TRY(ramdisk1_head_write(spec, &w->head, why));
	list_parts(w, head_len + spec->rootfs_len, parts);
	TRY(write_parts(w->file.fd, w->platform.eif.arm64, parts, why));
	return write_crc(w->file.fd, why);
}

/*
 * From the parts, before the file is believed. Measurements do not see where
 * one ramdisk ends and the next begins, so ramdisk 1 can be given in two pieces.
 */
static enum cloister_err predict(const struct work *w, struct measurements *out,
				 struct cloister_fault *why)
{
	const struct eif *platform = &w->platform.eif;
	size_t rootfs_len = (size_t)w->launch.spec.rootfs_len;
	struct bytes rootfs = bytes_of(w->map.data + w->map.len - rootfs_len, rootfs_len);
	const struct eif e = {
		.n_sections = N_PARTS,
		.sections = {
			{ EIF_KERNEL, platform->kernel, 0 },
			{ EIF_CMDLINE, platform->cmdline, 0 },
			{ EIF_RAMDISK, platform->ramdisks[0], 0 },
			{ EIF_RAMDISK, buf_bytes(&w->head), 0 },
			{ EIF_RAMDISK, rootfs, 0 },
		},
	};

	return measure(&e, out, why);
}

/* The gate: what is on disk is read as a stranger would read it, and measures as predicted. */
static enum cloister_err check_file(struct work *w, struct measurements *out, struct ramdisk1 *workload,
				    struct cloister_fault *why)
{
	struct measurements predicted;
	struct platform p;
	struct eif e;

	tell(w, BUILD_MEASURE);
	TRY(file_map_fd(w->file.fd, LIMIT_EIF, &w->map, why));
	TRY(predict(w, &predicted, why));
	TRY(eif_read(w->map, &e, why));
	TRY(platform_of(&e, &p, why));
	TRY(ramdisk1_read(e.ramdisks[1], workload, why));
	TRY(measure(&e, out, why));
	if (!bytes_equal(BYTES_OF(out->pcr0), BYTES_OF(predicted.pcr0)) ||
	    !bytes_equal(BYTES_OF(out->pcr1), BYTES_OF(predicted.pcr1)) ||
	    !bytes_equal(BYTES_OF(out->pcr2), BYTES_OF(predicted.pcr2)))
		return fail(why, CLOISTER_E_SYSTEM, "image.check",
			    "the file on disk does not measure as what was written to it");
	return CLOISTER_OK;
}

static enum cloister_err run(struct work *w, struct build_result *out, struct cloister_fault *why)
{
	struct ramdisk1 workload;

	TRY(open_inputs(w, why));
	TRY(resolve(w, why));
	TRY(make_metadata(w, why));
	TRY(write_file(w, why));
	TRY(check_file(w, &out->measurements, &workload, why));
	struct build_record record = record_of(w);
	record.workload = &workload;
	record.file = w->map;
	TRY(build_record_write(&record, &out->record, why));
	out->len = w->map.len;
	out->memory_mib = workload.manifest.memory_mib;
	out->n_layers = image_layers(w->image);
	out->n_nodes = w->tree->n_nodes;
	return file_commit(&w->file, why);
}

enum cloister_err build_image(const struct build_request *q, struct build_result *out,
			      struct cloister_fault *why)
{
	own(drop_work) struct work w = {
		.q = q,
		.metadata = BUF_INIT(LIMIT_EIF_METADATA),
		.head = BUF_INIT(2 * LIMIT_MANIFEST),
		.file = FILE_NEW_INIT,
	};

	*out = (struct build_result){ .record = BUF_INIT(LIMIT_JSON) };
	return run(&w, out, why);
}

void build_result_fini(struct build_result *r)
{
	buf_fini(&r->record);
}
