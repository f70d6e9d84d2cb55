/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rootfs.c - the tree as squashfs 4.0, through libsquashfs. Needs no rights and
 * no temporary tree; reads no clock; takes every order from the tree.
 *
 * First all content, in the order of the tree; then inodes and directories,
 * children before their parent because a directory lists its children's places;
 * then the tables. A hard link's inode is written where its first name stands.
 */

#include "image/rootfs.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqfs/block_processor.h>
#include <sqfs/block_writer.h>
#include <sqfs/compressor.h>
#include <sqfs/dir_writer.h>
#include <sqfs/error.h>
#include <sqfs/frag_table.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/meta_writer.h>
#include <sqfs/super.h>
#include <sqfs/xattr.h>
#include <sqfs/xattr_writer.h>
#include <zstd.h>

#include "base/mem.h"
#include "image/shown.h"
#include "image/sqfile.h"

#define BLOCK_SIZE (128u << 10)
#define DEVICE_BLOCK 4096u
#define ZSTD_LEVEL 15u
#define NO_XATTRS 0xffffffffu

/* What is known of an inode of the tree, by its id. */
struct place {
	sqfs_inode_generic_t *file; /* content's whereabouts, until it is written */
	uint64_t ref;
	uint32_t number; /* 0: not written yet */
};

struct writer {
	const struct tree *tree;
	const struct rootfs_options *options;
	struct sqfile file;
	sqfs_super_t super;
	sqfs_compressor_t *cmp, *uncmp;
	sqfs_block_writer_t *blocks;
	sqfs_frag_table_t *fragments;
	sqfs_block_processor_t *data;
	sqfs_id_table_t *ids;
	sqfs_xattr_writer_t *xattrs;
	sqfs_meta_writer_t *inodes, *dirs;
	sqfs_dir_writer_t *dir;
	struct place *places;
	uint32_t n_numbers;
	uint8_t *chunk; /* BLOCK_SIZE bytes of content on their way */
	struct cloister_fault *why;
};

static void drop_writer(struct writer *w)
{
	/* The processor has threads that use the others: it goes first. */
	sqfs_destroy(w->data);
	sqfs_destroy(w->dir);
	sqfs_destroy(w->inodes);
	sqfs_destroy(w->dirs);
	sqfs_destroy(w->xattrs);
	sqfs_destroy(w->ids);
	sqfs_destroy(w->fragments);
	sqfs_destroy(w->blocks);
	sqfs_destroy(w->uncmp);
	sqfs_destroy(w->cmp);
	for (size_t i = 0; w->places && i < w->tree->n_inodes; i++)
		sqfs_free(w->places[i].file);
	free(w->places);
	free(w->chunk);
}

/* libsquashfs's error as ours; `what` is the step. */
static enum cloister_err sq(struct writer *w, int r, const char *what)
{
	if (r >= 0)
		return CLOISTER_OK;
	if (r == SQFS_ERROR_ALLOC)
		return fail(w->why, CLOISTER_E_NOMEM, "rootfs", "out of memory while writing %s", what);
	if (r == SQFS_ERROR_IO && w->file.err) {
		errno = w->file.err;
		return fail_sys(w->why, "rootfs", "writing %s", what);
	}
	if (r == SQFS_ERROR_OVERFLOW)
		return fail(w->why, CLOISTER_E_LIMIT, "rootfs", "%s are more than squashfs can hold", what);
	return fail(w->why, CLOISTER_E_UNSUPPORTED, "rootfs", "libsquashfs failed with %d at %s", r, what);
}

static enum cloister_err nomem(struct writer *w)
{
	return fail(w->why, CLOISTER_E_NOMEM, "rootfs", "out of memory");
}

static unsigned processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static enum cloister_err open_compressors(struct writer *w)
{
	sqfs_compressor_config_t cfg;

	TRY(sq(w, sqfs_compressor_config_init(&cfg, SQFS_COMP_ZSTD, BLOCK_SIZE, 0), "the set-up"));
	cfg.level = ZSTD_LEVEL;
	TRY(sq(w, sqfs_compressor_create(&cfg, &w->cmp), "the set-up"));
	cfg.flags |= SQFS_COMP_FLAG_UNCOMPRESS;
	return sq(w, sqfs_compressor_create(&cfg, &w->uncmp), "the set-up");
}

/*
 * With `file` and `uncmp`, libsquashfs compares whole fragments before it takes
 * two for the same; without, it would believe a 32-bit hash that an image's
 * author can choose.
 */
static enum cloister_err open_data(struct writer *w)
{
	sqfs_file_t *file = &w->file.base;
	unsigned n = w->options->n_workers ? w->options->n_workers : processors();
	sqfs_block_processor_desc_t desc = {
		.size = sizeof desc,
		.max_block_size = BLOCK_SIZE,
		.num_workers = n,
		.max_backlog = 10 * n,
	};

	w->blocks = sqfs_block_writer_create(file, DEVICE_BLOCK, 0);
	w->fragments = sqfs_frag_table_create(0);
	if (!w->blocks || !w->fragments)
		return nomem(w);
	desc.cmp = w->cmp;
	desc.uncmp = w->uncmp;
	desc.wr = w->blocks;
	desc.tbl = w->fragments;
	desc.file = file;
	return sq(w, sqfs_block_processor_create_ex(&desc, &w->data), "the set-up");
}

static enum cloister_err open_all(struct writer *w)
{
	sqfs_file_t *file = &w->file.base;

	TRY(open_compressors(w));
	TRY(sq(w, sqfs_super_init(&w->super, BLOCK_SIZE, w->options->mtime, SQFS_COMP_ZSTD),
	       "the super block"));
	TRY(sq(w, sqfs_super_write(&w->super, file), "the super block"));
	int options = w->cmp->write_options(w->cmp, file);
	TRY(sq(w, options, "the compressor's options"));
	if (options > 0)
		w->super.flags |= SQFS_FLAG_COMPRESSOR_OPTIONS;
	TRY(open_data(w));
	w->ids = sqfs_id_table_create(0);
	w->xattrs = sqfs_xattr_writer_create(0);
	w->inodes = sqfs_meta_writer_create(file, w->cmp, 0);
	w->dirs = sqfs_meta_writer_create(file, w->cmp, SQFS_META_WRITER_KEEP_IN_MEMORY);
	w->dir = w->dirs ? sqfs_dir_writer_create(w->dirs, 0) : NULL;
	w->places = calloc(w->tree->n_inodes, sizeof *w->places);
	w->chunk = malloc(BLOCK_SIZE);
	return w->ids && w->xattrs && w->inodes && w->dir && w->places && w->chunk ? CLOISTER_OK :
										     nomem(w);
}

/* One file's content. An empty file appends nothing: libsquashfs 1.2.0 crashes on zero bytes. */
static enum cloister_err write_content(struct writer *w, const struct inode *i, struct place *p)
{
	uint64_t done = 0;

	TRY(sq(w, sqfs_block_processor_begin_file(w->data, &p->file, NULL, 0), "content"));
	while (done < i->size) {
		uint64_t left = i->size - done;
		size_t want = left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE;
		ssize_t n = pread(w->tree->data_fd, w->chunk, want, (off_t)(i->data_at + done));
		if (n <= 0)
			return fail_sys(w->why, "rootfs", "the scratch file could not be read");
		TRY(sq(w, sqfs_block_processor_append(w->data, w->chunk, (size_t)n), "content"));
		done += (uint64_t)n;
	}
	return sq(w, sqfs_block_processor_end_file(w->data), "content");
}

static enum cloister_err write_contents(struct writer *w, const struct node *n)
{
	struct place *p = &w->places[n->inode->id];

	if (n->inode->type == NODE_FILE && !p->file)
		TRY(write_content(w, n->inode, p));
	for (size_t i = 0; i < n->n_children; i++)
		TRY(write_contents(w, n->children[i]));
	return CLOISTER_OK;
}

/* Children first, the root last: the order in which the inodes will be written. */
static void number(struct writer *w, const struct node *n)
{
	struct place *p = &w->places[n->inode->id];

	for (size_t i = 0; i < n->n_children; i++)
		number(w, n->children[i]);
	if (!p->number)
		p->number = ++w->n_numbers;
}

static enum cloister_err write_xattrs(struct writer *w, const struct inode *i, uint32_t *index)
{
	*index = NO_XATTRS;
	if (i->n_xattrs == 0)
		return CLOISTER_OK;
	TRY(sq(w, sqfs_xattr_writer_begin(w->xattrs, 0), "extended attributes"));
	for (size_t k = 0; k < i->n_xattrs; k++) {
		const struct xattr *x = &i->xattrs[k];
		TRY(sq(w, sqfs_xattr_writer_add(w->xattrs, x->key, x->value, x->len),
		       "extended attributes"));
	}
	return sq(w, sqfs_xattr_writer_end(w->xattrs, index), "extended attributes");
}

static enum cloister_err symlink_inode(struct writer *w, const struct inode *i,
				       sqfs_inode_generic_t **out)
{
	size_t len = strlen(i->target);
	sqfs_inode_generic_t *s = calloc(1, sizeof *s + len + 1);

	if (!s)
		return nomem(w);
	s->base.type = SQFS_INODE_SLINK;
	s->data.slink.nlink = i->n_names;
	s->data.slink.target_size = (sqfs_u32)len;
	memcpy(s->extra, i->target, len);
	*out = s;
	return CLOISTER_OK;
}

static enum cloister_err fifo_inode(struct writer *w, const struct inode *i,
				    sqfs_inode_generic_t **out)
{
	sqfs_inode_generic_t *s = calloc(1, sizeof *s);

	if (!s)
		return nomem(w);
	s->base.type = SQFS_INODE_FIFO;
	s->data.ipc.nlink = i->n_names;
	*out = s;
	return CLOISTER_OK;
}

/* The content's inode; a basic one has no link count, which means one. */
static enum cloister_err file_inode(struct writer *w, const struct inode *i, struct place *p,
				    sqfs_inode_generic_t **out)
{
	if (i->n_names > 1) {
		TRY(sq(w, sqfs_inode_make_extended(p->file), "an inode"));
		p->file->data.file_ext.nlink = i->n_names;
	}
	*out = give(p->file, NULL);
	return CLOISTER_OK;
}

static sqfs_u16 type_bits(enum node_type type)
{
	static const sqfs_u16 bits[] = {
		[NODE_DIR] = SQFS_INODE_MODE_DIR,
		[NODE_FILE] = SQFS_INODE_MODE_REG,
		[NODE_SYMLINK] = SQFS_INODE_MODE_LNK,
		[NODE_FIFO] = SQFS_INODE_MODE_FIFO,
	};

	return bits[type];
}

static enum cloister_err dir_inode(struct writer *w, const struct node *n, uint32_t xattrs,
				   sqfs_inode_generic_t **out)
{
	const struct place *parent = n->parent ? &w->places[n->parent->inode->id] : NULL;
	uint32_t up = parent ? parent->number : w->n_numbers + 1, links = 2;

	TRY(sq(w, sqfs_dir_writer_begin(w->dir, 0), "a directory"));
	for (size_t i = 0; i < n->n_children; i++) {
		const struct node *c = n->children[i];
		const struct place *p = &w->places[c->inode->id];
		sqfs_u16 mode = (sqfs_u16)(type_bits(c->inode->type) | c->inode->mode);
		links += c->inode->type == NODE_DIR;
		TRY(sq(w, sqfs_dir_writer_add_entry(w->dir, c->name, p->number, p->ref, mode),
		       "a directory"));
	}
	TRY(sq(w, sqfs_dir_writer_end(w->dir), "a directory"));
	*out = sqfs_dir_writer_create_inode(w->dir, 0, xattrs, up);
	if (!*out)
		return nomem(w);
	if ((*out)->base.type == SQFS_INODE_DIR)
		(*out)->data.dir.nlink = links;
	else
		(*out)->data.dir_ext.nlink = links;
	return CLOISTER_OK;
}

static void drop_sq(sqfs_inode_generic_t **inode)
{
	sqfs_free(*inode);
}

static enum cloister_err write_inode(struct writer *w, const struct node *n)
{
	own(drop_sq) sqfs_inode_generic_t *s = NULL;
	const struct inode *i = n->inode;
	struct place *p = &w->places[i->id];
	uint32_t xattrs, offset;
	uint64_t block;

	TRY(write_xattrs(w, i, &xattrs));
	switch (i->type) {
	case NODE_DIR: TRY(dir_inode(w, n, xattrs, &s)); break;
	case NODE_FILE: TRY(file_inode(w, i, p, &s)); break;
	case NODE_SYMLINK: TRY(symlink_inode(w, i, &s)); break;
	default: TRY(fifo_inode(w, i, &s)); break;
	}
	if (i->type != NODE_DIR && xattrs != NO_XATTRS)
		TRY(sq(w, sqfs_inode_set_xattr_index(s, xattrs), "an inode"));
	s->base.mode = (sqfs_u16)(type_bits(i->type) | i->mode);
	s->base.mod_time = i->mtime < w->options->mtime ? (sqfs_u32)i->mtime : w->options->mtime;
	s->base.inode_number = p->number;
	TRY(sq(w, sqfs_id_table_id_to_index(w->ids, i->uid, &s->base.uid_idx), "owners and groups"));
	TRY(sq(w, sqfs_id_table_id_to_index(w->ids, i->gid, &s->base.gid_idx), "owners and groups"));
	sqfs_meta_writer_get_position(w->inodes, &block, &offset);
	p->ref = block << 16 | offset;
	return sq(w, sqfs_meta_writer_write_inode(w->inodes, s), "an inode");
}

/* In number()'s order, so a place with a reference has been written. */
static enum cloister_err write_inodes(struct writer *w, const struct node *n, uint32_t *done)
{
	for (size_t i = 0; i < n->n_children; i++)
		TRY(write_inodes(w, n->children[i], done));
	if (w->places[n->inode->id].number <= *done)
		return CLOISTER_OK;
	(*done)++;
	return write_inode(w, n);
}

static enum cloister_err write_metadata(struct writer *w)
{
	sqfs_file_t *file = &w->file.base;
	uint32_t done = 0;

	number(w, w->tree->root);
	w->super.inode_table_start = file->get_size(file);
	TRY(write_inodes(w, w->tree->root, &done));
	TRY(sq(w, sqfs_meta_writer_flush(w->inodes), "inodes"));
	TRY(sq(w, sqfs_meta_writer_flush(w->dirs), "directories"));
	w->super.root_inode_ref = w->places[w->tree->root->inode->id].ref;
	w->super.inode_count = w->n_numbers;
	w->super.directory_table_start = file->get_size(file);
	TRY(sq(w, sqfs_meta_write_write_to_file(w->dirs), "directories"));
	TRY(sq(w, sqfs_frag_table_write(w->fragments, file, &w->super, w->cmp), "the fragment table"));
	TRY(sq(w, sqfs_id_table_write(w->ids, file, &w->super, w->cmp), "owners and groups"));
	return sq(w, sqfs_xattr_writer_flush(w->xattrs, file, &w->super, w->cmp),
		  "extended attributes");
}

/* Zeros to a multiple of 4096, which is what a loop device and the ramdisk's layout want. */
static enum cloister_err finish(struct writer *w)
{
	static const uint8_t zeros[DEVICE_BLOCK];
	sqfs_file_t *file = &w->file.base;
	uint64_t size = file->get_size(file);

	w->super.bytes_used = size;
	TRY(sq(w, sqfs_super_write(&w->super, file), "the super block"));
	if (size % DEVICE_BLOCK)
		TRY(sq(w, file->write_at(file, size, zeros, DEVICE_BLOCK - size % DEVICE_BLOCK),
		       "the padding"));
	return CLOISTER_OK;
}

enum cloister_err rootfs_write(const struct tree *t, const struct rootfs_options *options, int fd,
			       uint64_t *len_out, struct cloister_fault *why)
{
	own(drop_writer) struct writer w = { .tree = t, .options = options, .why = why };
	off_t start = lseek(fd, 0, SEEK_CUR);

	if (start < 0)
		return fail_sys(why, "rootfs", "the output cannot be positioned");
	sqfile_init(&w.file, fd, (uint64_t)start);
	TRY(open_all(&w));
	TRY(write_contents(&w, t->root));
	TRY(sq(&w, sqfs_block_processor_finish(w.data), "content"));
	TRY(write_metadata(&w));
	TRY(finish(&w));
	if (lseek(fd, start + (off_t)w.file.size, SEEK_SET) < 0)
		return fail_sys(why, "rootfs", "the output cannot be positioned");
	*len_out = w.file.size;
	return CLOISTER_OK;
}

const char *rootfs_writer_version(void)
{
	static char text[64];

	snprintf(text, sizeof text, "libsquashfs %s, zstd %s", LIBSQUASHFS_VERSION,
		 ZSTD_versionString());
	return text;
}
