/* SPDX-License-Identifier: Apache-2.0 */
/* platform.c - bundles made, read and described. Opens no file. */

#include "image/platform.h"

#include "crypto/hash.h"
#include "image/metadata.h"

enum cloister_err platform_of(const struct eif *e, struct platform *out, struct cloister_fault *why)
{
	struct platform p = { .eif = *e };

	TRY(eif_check_kernel(e, why));
	TRY(ramdisk0_read(e->ramdisks[0], &p.files, why));
	if (!bytes_equal(e->cmdline, p.files.cmdline))
		return fail_at(why, 0, "cmdline",
			       "the command line differs from ramdisk 0's copy: a section border was moved");
	eif_kernel_version(e->kernel, p.kernel_version);
	*out = p;
	return CLOISTER_OK;
}

enum cloister_err platform_read(struct bytes file, struct platform *out, struct cloister_fault *why)
{
	struct eif e;

	TRY(eif_read(file, &e, why));
	return platform_of(&e, out, why);
}

static enum cloister_err put_digest(struct json_out *w, const char *key, struct bytes content,
				    struct cloister_fault *why)
{
	uint8_t digest[SHA256_LEN];

	TRY(hash_sha256(content, digest, why));
	json_put_hex(w, key, BYTES_OF(digest));
	return CLOISTER_OK;
}

enum cloister_err platform_put(struct json_out *w, const char *key, const struct platform *p,
			       struct cloister_fault *why)
{
	json_open(w, key, '{');
	json_open(w, "kernel", '{');
	json_put_text(w, "version", p->kernel_version);
	TRY(put_digest(w, "sha256", p->eif.kernel, why));
	json_close(w, '}');
	json_put_bytes(w, "cmdline", p->files.cmdline);
	TRY(put_digest(w, "init", p->files.init, why));
	TRY(put_digest(w, "agent", p->files.agent, why));
	json_open(w, "modules", '{');
	for (size_t i = 0; i < p->files.n_modules; i++)
		TRY(put_digest(w, p->files.modules[i].name, p->files.modules[i].content, why));
	json_close(w, '}');
	json_close(w, '}');
	return CLOISTER_OK;
}

/* Linux's arm64 Image has its magic at 38h; anything else is taken for x86. */
static bool is_arm64(struct bytes kernel)
{
	return kernel.len > 60 && bytes_are(bytes_of(kernel.data + 56, 4), "ARM\x64");
}

static enum cloister_err write_metadata(const struct platform *p, struct buf *out,
					struct cloister_fault *why)
{
	own(buf_fini) struct buf custom = BUF_INIT(LIMIT_EIF_METADATA);
	struct json_out w = json_out(&custom);

	json_open(&w, NULL, '{');
	TRY(platform_put(&w, "platform", p, why));
	json_close(&w, '}');
	TRY(buf_ok(&custom, "metadata", why));
	const struct metadata m = {
		.name = "cloister-platform",
		.version = CLOISTER_VERSION,
		.kernel_version = p->kernel_version,
		.custom = buf_bytes(&custom),
	};
	return metadata_write(&m, out, why);
}

enum cloister_err platform_write(struct bytes kernel, const struct ramdisk0 *files,
				 struct buf *out, struct cloister_fault *why)
{
	own(buf_fini) struct buf metadata = BUF_INIT(LIMIT_EIF_METADATA);
	own(buf_fini) struct buf ramdisk = BUF_INIT((size_t)1 << 30);
	struct platform p = { .eif.kernel = kernel, .files = *files }, back;

	eif_kernel_version(kernel, p.kernel_version);
	TRY(write_metadata(&p, &metadata, why));
	TRY(ramdisk0_write(files, &ramdisk, why));
	const struct eif_part parts[] = {
		{ EIF_KERNEL, kernel, kernel.len },
		{ EIF_CMDLINE, files->cmdline, files->cmdline.len },
		{ EIF_METADATA, buf_bytes(&metadata), metadata.len },
		{ EIF_RAMDISK, buf_bytes(&ramdisk), ramdisk.len },
	};
	TRY(eif_write(is_arm64(kernel), parts, sizeof parts / sizeof *parts, out, why));
	return platform_read(buf_bytes(out), &back, why);
}
