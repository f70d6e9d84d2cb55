/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_LAYER_TEST_H
#define IMAGE_LAYER_TEST_H

/*
 * layer_test.h - making layers for tests, honest and not: a ustar writer that
 * writes whatever it is told, a small language for whole layers, and trees as text.
 */

#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "image/merge.h"
#include "sys/io.h"

/* One header as it will stand there; numbers are written in octal unless the text is given. */
struct tar_head {
	const char *name, *link;
	char type;
	unsigned mode, uid, gid;
	uint64_t size, mtime;
	const char *size_field; /* 12 bytes, instead of size */
};

static inline void tar_octal(uint8_t *field, size_t len, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof text, "%0*llo", (int)len - 1, (unsigned long long)v);
	memcpy(field, text, len - 1);
}

static inline void tar_text(uint8_t *field, size_t len, const char *text)
{
	memcpy(field, text, strlen(text) < len ? strlen(text) : len);
}

static inline void tar_head(struct buf *to, const struct tar_head *h)
{
	uint8_t b[512] = { 0 };
	unsigned sum = 0;

	tar_text(b, 100, h->name);
	tar_octal(b + 100, 8, h->mode);
	tar_octal(b + 108, 8, h->uid);
	tar_octal(b + 116, 8, h->gid);
	if (h->size_field)
		memcpy(b + 124, h->size_field, 12);
	else
		tar_octal(b + 124, 12, h->size);
	tar_octal(b + 136, 12, h->mtime);
	memset(b + 148, ' ', 8);
	b[156] = (uint8_t)h->type;
	tar_text(b + 157, 100, h->link ? h->link : "");
	memcpy(b + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof b; i++)
		sum += b[i];
	tar_octal(b + 148, 7, sum);
	b[155] = ' ';
	buf_put(to, b, sizeof b);
}

static inline void tar_pad(struct buf *to)
{
	static const uint8_t zeros[512];

	if (to->len % 512)
		buf_put(to, zeros, 512 - to->len % 512);
}

static inline void tar_end(struct buf *to)
{
	static const uint8_t zeros[1024];

	buf_put(to, zeros, sizeof zeros);
}

static inline void tar_entry(struct buf *to, char type, const char *name, const char *link,
			     unsigned mode, struct bytes content)
{
	const struct tar_head h = { .name = name, .link = link, .type = type, .mode = mode,
				    .size = content.len, .mtime = 1000000000 };

	tar_head(to, &h);
	buf_put(to, content.data, content.len);
	tar_pad(to);
}

/* A pax header for the entry that follows: one record "key=value". */
static inline void tar_pax(struct buf *to, const char *key, struct bytes value)
{
	own(buf_fini) struct buf body = BUF_INIT(1 << 20);
	size_t len = strlen(key) + value.len + 3, digits = 1;

	for (size_t n = len + digits; n >= 10; n /= 10)
		digits++;
	digits = (size_t)snprintf(NULL, 0, "%zu", len + digits);
	buf_print(&body, "%zu %s=", len + digits, key);
	buf_put(&body, value.data, value.len);
	buf_text(&body, "\n");
	tar_entry(to, 'x', "pax", NULL, 0644, buf_bytes(&body));
}

/*
 * A layer from lines "TYPE PATH [ARG]": d directory, f file with content ARG,
 * s the same setuid, l symbolic link, h hard link, p FIFO, c device, x file with
 * user.test=ARG, k file with security.capability, o file with trusted.overlay.opaque.
 */
static inline void tar_line(struct buf *to, char *line)
{
	char *path = line + 2, *arg = strchr(path, ' ');

	if (arg)
		*arg++ = 0;
	struct bytes content = bytes_text(arg ? arg : "");
	switch (line[0]) {
	case 'd': tar_entry(to, '5', path, NULL, 0750, BYTES_NONE); break;
	case 'f': tar_entry(to, '0', path, NULL, 0644, content); break;
	case 's': tar_entry(to, '0', path, NULL, 04755, content); break;
	case 'l': tar_entry(to, '2', path, arg, 0777, BYTES_NONE); break;
	case 'h': tar_entry(to, '1', path, arg, 0644, BYTES_NONE); break;
	case 'p': tar_entry(to, '6', path, NULL, 0600, BYTES_NONE); break;
	case 'c': tar_entry(to, '3', path, NULL, 0600, BYTES_NONE); break;
	case 'x':
		tar_pax(to, "SCHILY.xattr.user.test", content);
		tar_entry(to, '0', path, NULL, 0644, content);
		break;
	case 'k':
		tar_pax(to, "SCHILY.xattr.security.capability", bytes_of("\1\0\0\2\0\4\0\0", 8));
		tar_entry(to, '0', path, NULL, 0755, content);
		break;
	case 'o':
		tar_pax(to, "SCHILY.xattr.trusted.overlay.opaque", bytes_text("y"));
		tar_entry(to, '0', path, NULL, 0644, content);
		break;
	default: fail_msg("no such type: %s", line);
	}
}

static inline void tar_script(struct buf *to, const char *script)
{
	own(drop_mem) char *copy = strdup(script);
	char *save = NULL;

	for (char *l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		tar_line(to, l);
	tar_end(to);
}

/* Read `file` as a layer, through the real worker, and merge it. */
static inline enum cloister_err lay_file(struct merge *m, struct bytes file,
					 const uint8_t *diff_id, struct cloister_fault *why)
{
	own(drop_fd) int fd = -1;
	uint8_t digest[SHA256_LEN];
	struct layer_build b;

	TRY(file_scratch(NULL, &fd, why));
	TRY(io_write_full(fd, file.data, file.len, why));
	TRY(hash_sha256(file, digest, why));
	const struct layer_source src = { fd, 0, file.len, digest, diff_id ? diff_id : digest };
	const struct layer_sink sink = { layer_build_entry, layer_build_data, NULL, &b };
	TRY(layer_build_init(&b, m, why));
	enum cloister_err err = layer_read(&src, &sink, why);
	if (err == CLOISTER_OK)
		err = merge_layer(m, &b, why);
	layer_build_fini(&b);
	return err;
}

static inline void tree_say_node(const struct tree *t, const struct node *n, const char *path,
				 struct buf *out)
{
	const struct inode *i = n->inode;
	char full[8192];

	snprintf(full, sizeof full, "%s/%s", path, n->name);
	buf_print(out, "%c %s", "dflp"[i->type], full);
	if (i->type == NODE_SYMLINK)
		buf_print(out, " %s", i->target);
	if (i->type == NODE_FILE && i->size) {
		buf_text(out, " ");
		assert_int_equal(tree_read(t, n, 1 << 20, out, NULL), CLOISTER_OK);
	}
	if (i->mode & 06000)
		buf_print(out, " %o", i->mode);
	for (size_t k = 0; k < i->n_xattrs; k++)
		buf_print(out, " %s[%zu]", i->xattrs[k].key, i->xattrs[k].len);
	if (i->n_names > 1)
		buf_print(out, " *%u", i->n_names);
	buf_text(out, "\n");
	for (size_t k = 0; k < n->n_children; k++)
		tree_say_node(t, n->children[k], full, out);
}

/* Everything but the root, one line each, in order. */
static inline void tree_say(const struct tree *t, struct buf *out)
{
	for (size_t k = 0; k < t->root->n_children; k++)
		tree_say_node(t, t->root->children[k], "", out);
}

#endif
