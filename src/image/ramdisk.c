/* SPDX-License-Identifier: Apache-2.0 */
/* ramdisk.c - our two ramdisks, bytes to bytes. doc/build.md, "Ramdisks". Touches no file. */

#include "image/ramdisk.h"

#include <stdio.h>

#include "base/limits.h"
#include "codec/cpio.h"

#define LONGEST_LEN ((uint64_t)10 << 30) /* eleven digits, as LIMIT_EIF */
#define DIRS_FIRST "modules" /* must exist before what is in it */
#define FILES_MAX (8u << 10) /* what init reads */

static const char *const dirs[] = { "cloister", "dev", "proc", "sys", "root", "run" };
#define N_DIRS (sizeof dirs / sizeof *dirs)

static void put_file(struct cpio_out *c, struct buf *list, const char *name, uint32_t perm,
		     struct bytes content)
{
	cpio_put_file(c, name, perm, content);
	buf_print(list, "%zu %s\n", content.len, name);
}

static void put_modules(struct cpio_out *c, struct buf *list, const struct ramdisk0 *files)
{
	char name[sizeof "modules/" + sizeof files->modules->name];

	cpio_put_dir(c, DIRS_FIRST, 0755);
	for (size_t i = 0; i < files->n_modules; i++) {
		snprintf(name, sizeof name, "modules/%s", files->modules[i].name);
		put_file(c, list, name, 0444, files->modules[i].content);
	}
}

enum cloister_err ramdisk0_write(const struct ramdisk0 *files, struct buf *out,
				 struct cloister_fault *why)
{
	own(buf_fini) struct buf list = BUF_INIT(FILES_MAX);
	struct cpio_out c = cpio_out(out);
	size_t start = out->len;
	struct ramdisk0 back;

	put_file(&c, &list, "init", 0755, files->init);
	put_file(&c, &list, "agent", 0755, files->agent);
	put_file(&c, &list, "cmdline", 0444, files->cmdline);
	put_modules(&c, &list, files);
	TRY(buf_ok(&list, "files", why));
	cpio_put_file(&c, "files", 0444, buf_bytes(&list));
	for (size_t i = 0; i < N_DIRS; i++)
		cpio_put_dir(&c, dirs[i], 0755);
	cpio_end(&c, RAMDISK_PAGE);
	TRY(buf_ok(out, "ramdisk 0", why));
	return ramdisk0_read(bytes_of(out->data + start, out->len - start), &back, why);
}

/* The next entry, which must be exactly this one. */
static enum cloister_err expect(struct cpio *c, const char *name, uint32_t mode,
				struct cpio_entry *out, struct cloister_fault *why)
{
	size_t at = c->at;

	TRY(cpio_next(c, out, why));
	if (c->end || !bytes_are(out->name, name))
		return fail_at(why, at, "ramdisk", "/%s is not where it belongs", name);
	if (out->mode != mode)
		return fail_at(why, at, "ramdisk", "/%s has mode %o instead of %o", name, out->mode,
			       mode);
	return CLOISTER_OK;
}

static enum cloister_err expect_file(struct cpio *c, const char *name, uint32_t perm,
				     struct bytes *content_out, struct cloister_fault *why)
{
	struct cpio_entry e;

	TRY(expect(c, name, CPIO_FILE | perm, &e, why));
	if (e.content.len == 0)
		return fail_at(why, c->at, "ramdisk", "/%s is empty", name);
	*content_out = e.content;
	return CLOISTER_OK;
}

/* "modules/NN-name.ko", NN counting from 00. */
static bool module_name(struct bytes path, size_t n, char out[64])
{
	char want[16];
	int len = snprintf(want, sizeof want, "modules/%02zu-", n);

	if (path.len <= (size_t)len + 3 || path.len - 8 >= 64 ||
	    !bytes_are(bytes_of(path.data, (size_t)len), want) ||
	    !bytes_are(bytes_of(path.data + path.len - 3, 3), ".ko"))
		return false;
	for (size_t i = (size_t)len; i < path.len - 3; i++)
		if (!((path.data[i] >= 'a' && path.data[i] <= 'z') ||
		      (path.data[i] >= '0' && path.data[i] <= '9') || path.data[i] == '_' ||
		      path.data[i] == '-'))
			return false;
	memcpy(out, path.data + 8, path.len - 8);
	out[path.len - 8] = 0;
	return true;
}

/* Module entries up to /files, which is left for the caller in *last. */
static enum cloister_err read_modules(struct cpio *c, struct ramdisk0 *r, struct cpio_entry *last,
				      struct cloister_fault *why)
{
	for (;;) {
		size_t at = c->at;
		TRY(cpio_next(c, last, why));
		if (!c->end && bytes_are(last->name, "files"))
			return CLOISTER_OK;
		if (r->n_modules == RAMDISK_MODULES_MAX)
			return fail(why, CLOISTER_E_LIMIT, "modules", "more than 60 modules");
		struct ramdisk_module *m = &r->modules[r->n_modules];
		if (c->end || !module_name(last->name, r->n_modules, m->name))
			return fail_at(why, at, "ramdisk",
				       "/modules/%02zu-NAME.ko or /files belongs here", r->n_modules);
		if (last->mode != (CPIO_FILE | 0444) || last->content.len == 0)
			return fail_at(why, at, "ramdisk", "/modules/%s is no module", m->name);
		m->content = last->content;
		r->n_modules++;
	}
}

/* /files as the writer would write it for what was found. */
static enum cloister_err check_list(const struct ramdisk0 *r, struct bytes got, size_t at,
				    struct cloister_fault *why)
{
	own(buf_fini) struct buf want = BUF_INIT(FILES_MAX);

	buf_print(&want, "%zu init\n%zu agent\n%zu cmdline\n", r->init.len, r->agent.len,
		  r->cmdline.len);
	for (size_t i = 0; i < r->n_modules; i++)
		buf_print(&want, "%zu modules/%s\n", r->modules[i].content.len, r->modules[i].name);
	TRY(buf_ok(&want, "files", why));
	if (!bytes_equal(got, buf_bytes(&want)))
		return fail_at(why, at, "ramdisk", "/files does not list what is there");
	return CLOISTER_OK;
}

/* The trailer, then less than a page of zeros. */
static enum cloister_err expect_end(struct cpio *c, struct cloister_fault *why)
{
	struct cpio_entry e;
	size_t at = c->at;

	TRY(cpio_next(c, &e, why));
	if (!c->end)
		return fail_at(why, at, "ramdisk", "something follows what belongs there");
	struct bytes rest = cpio_behind(c);
	if (c->all.len % RAMDISK_PAGE || rest.len >= RAMDISK_PAGE ||
	    !mem_is_zero(rest.data, rest.len))
		return fail_at(why, c->at, "ramdisk", "the archive is not padded to a page with zeros");
	return CLOISTER_OK;
}

enum cloister_err ramdisk0_read(struct bytes ramdisk, struct ramdisk0 *out,
				struct cloister_fault *why)
{
	struct cpio c = cpio_open(ramdisk);
	struct ramdisk0 r = { 0 };
	struct cpio_entry e;

	TRY(expect_file(&c, "init", 0755, &r.init, why));
	TRY(expect_file(&c, "agent", 0755, &r.agent, why));
	TRY(expect_file(&c, "cmdline", 0444, &r.cmdline, why));
	TRY(expect(&c, DIRS_FIRST, CPIO_DIR | 0755, &e, why));
	TRY(read_modules(&c, &r, &e, why));
	TRY(check_list(&r, e.content, c.at, why));
	for (size_t i = 0; i < N_DIRS; i++)
		TRY(expect(&c, dirs[i], CPIO_DIR | 0755, &e, why));
	TRY(expect_end(&c, why));
	*out = r;
	return CLOISTER_OK;
}

static size_t whole_pages(size_t len)
{
	return (len + RAMDISK_PAGE - 1) / RAMDISK_PAGE * RAMDISK_PAGE;
}

/* The archive alone. */
static enum cloister_err write_archive(const struct manifest_spec *spec, struct buf *out,
				       struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_MANIFEST);
	struct cpio_out c = cpio_out(out);

	TRY(manifest_write(spec, &text, why));
	cpio_put_file(&c, MANIFEST_PATH, 0444, buf_bytes(&text));
	cpio_end(&c, 4);
	return buf_ok(out, "ramdisk 1", why);
}

enum cloister_err ramdisk1_head_len(const struct manifest_spec *spec, size_t *len_out,
				    struct cloister_fault *why)
{
	own(buf_fini) struct buf archive = BUF_INIT(2 * LIMIT_MANIFEST);
	struct manifest_spec longest = *spec;

	longest.rootfs_len = LONGEST_LEN;
	longest.memory_mib = 1u << 20;
	TRY(write_archive(&longest, &archive, why));
	*len_out = whole_pages(archive.len);
	return CLOISTER_OK;
}

enum cloister_err ramdisk1_head_write(const struct manifest_spec *spec, struct buf *out,
				      struct cloister_fault *why)
{
	size_t start = out->len, len;

	TRY(ramdisk1_head_len(spec, &len, why));
	TRY(write_archive(spec, out, why));
	while (!out->failed && out->len - start < len)
		buf_byte(out, 0);
	return buf_ok(out, "ramdisk 1", why);
}

enum cloister_err ramdisk1_read(struct bytes ramdisk, struct ramdisk1 *out,
				struct cloister_fault *why)
{
	struct cpio c = cpio_open(ramdisk);
	struct ramdisk1 r;
	struct cpio_entry e;

	TRY(expect_file(&c, MANIFEST_PATH, 0444, &r.manifest_text, why));
	TRY(manifest_read(r.manifest_text, &r.manifest, why));
	TRY(cpio_next(&c, &e, why));
	if (!c.end)
		return fail_at(why, c.at, "ramdisk", "something follows the manifest");
	struct bytes rest = cpio_behind(&c);
	if (ramdisk.len % RAMDISK_PAGE || r.manifest.rootfs_len > rest.len ||
	    rest.len - r.manifest.rootfs_len >= 2 * RAMDISK_PAGE)
		return fail_at(why, c.at, "ramdisk",
			       "the root filesystem is not as long as the manifest says");
	struct bytes gap = bytes_of(rest.data, rest.len - (size_t)r.manifest.rootfs_len);
	if (!mem_is_zero(gap.data, gap.len))
		return fail_at(why, c.at, "ramdisk", "the archive is not padded with zeros");
	r.rootfs = bytes_of(rest.data + gap.len, (size_t)r.manifest.rootfs_len);
	*out = r;
	return CLOISTER_OK;
}
