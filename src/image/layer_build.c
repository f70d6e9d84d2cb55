/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer_build.c - one layer's records as a tree with marks. Refuses what no
 * honest layer holds: ways out, writing through its own links, names twice. OCI
 * image-spec layer.md, "Whiteouts"; where it is silent, doc/image.md says what
 * we do. Nothing here touches the host's file system but the scratch file.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "image/merge.h"
#include "image/shown.h"

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

static enum cloister_err nomem(struct cloister_fault *why)
{
	return fail(why, CLOISTER_E_NOMEM, "layer", "out of memory");
}

static bool starts(struct bytes name, const char *with)
{
	size_t len = strlen(with);

	return name.len >= len && bytes_are(bytes_of(name.data, len), with);
}

static enum cloister_err counted(struct merge *m, struct cloister_fault *why)
{
	if (++m->n_entries > LIMIT_IMAGE_ENTRIES)
		return fail(why, CLOISTER_E_LIMIT, "layer", "the image has more than %u entries",
			    LIMIT_IMAGE_ENTRIES);
	return CLOISTER_OK;
}

/* The next component that says something: "", "." and slashes do not, ".." leads out. */
static enum cloister_err next_name(struct bytes *path, struct bytes *out, struct bytes whole,
				   struct cloister_fault *why)
{
	do {
		const uint8_t *slash = path->len ? memchr(path->data, '/', path->len) : NULL;
		size_t len = slash ? (size_t)(slash - path->data) : path->len;
		*out = bytes_of(path->data, len);
		*path = bytes_of(path->data + len + (slash != NULL), path->len - len - (slash != NULL));
	} while (path->len > 0 && (out->len == 0 || bytes_are(*out, ".")));
	if (bytes_are(*out, "."))
		*out = BYTES_NONE;
	if (bytes_are(*out, ".."))
		return fail(why, CLOISTER_E_MALFORMED, "layer", "`%s` leads out of the image with `..`",
			    shown(whole).text);
	if (out->len > LIMIT_NAME)
		return fail(why, CLOISTER_E_LIMIT, "layer", "`%s` has a name of %zu bytes",
			    shown(whole).text, out->len);
	return CLOISTER_OK;
}

static enum cloister_err attach_new(struct layer_build *b, struct node *dir, struct node *child,
				    struct cloister_fault *why)
{
	own(drop_node) struct node *n = child;

	if (!n)
		return nomem(why);
	TRY(counted(b->merge, why));
	TRY(node_attach(dir, n, why));
	n = NULL;
	return CLOISTER_OK;
}

/* Into directory `name` of `at`, made when the layer has not said anything about it yet. */
static enum cloister_err enter(struct layer_build *b, struct node **at, struct bytes name,
			       struct bytes whole, struct cloister_fault *why)
{
	struct node *child = node_child(*at, name);

	if (starts(name, WHITEOUT))
		return fail(why, CLOISTER_E_MALFORMED, "layer", "`%s` lies below a whiteout",
			    shown(whole).text);
	if (!child) {
		child = node_new_layer_dir(name, true);
		TRY(attach_new(b, *at, child, why));
	}
	if (child->inode->type == NODE_SYMLINK)
		return fail(why, CLOISTER_E_MALFORMED, "layer",
			    "`%s` goes through a symbolic link of the same layer", shown(whole).text);
	if (child->inode->type != NODE_DIR)
		return fail(why, CLOISTER_E_MALFORMED, "layer", "`%s` lies below something that is no directory",
			    shown(whole).text);
	*at = child;
	return CLOISTER_OK;
}

/* The directory that `path` is in, and its own name; the name is empty for the root. */
static enum cloister_err find_parent(struct layer_build *b, struct bytes path, struct node **dir,
				     struct bytes *name, struct cloister_fault *why)
{
	struct bytes rest = path, next;
	unsigned depth = 0;

	*dir = b->root;
	TRY(next_name(&rest, name, path, why));
	while (rest.len > 0) {
		TRY(next_name(&rest, &next, path, why));
		if (next.len == 0)
			break;
		if (++depth >= LIMIT_TREE_DEPTH)
			return fail(why, CLOISTER_E_LIMIT, "layer", "`%s` is deeper than %u directories",
				    shown(path).text, LIMIT_TREE_DEPTH);
		TRY(enter(b, dir, *name, path, why));
		*name = next;
	}
	return CLOISTER_OK;
}

static enum cloister_err whiteout(struct node *dir, struct bytes name, struct bytes whole,
				  struct cloister_fault *why)
{
	struct mark *m = dir->mark;

	if (bytes_are(name, OPAQUE)) {
		m->opaque = true;
		return CLOISTER_OK;
	}
	if (starts(name, ".wh..wh.")) /* AUFS's own bookkeeping, which every engine skips */
		return CLOISTER_OK;
	name = bytes_of(name.data + strlen(WHITEOUT), name.len - strlen(WHITEOUT));
	if (name.len == 0 || bytes_are(name, ".") || bytes_are(name, ".."))
		return fail(why, CLOISTER_E_MALFORMED, "layer", "the whiteout `%s` names nothing",
			    shown(whole).text);
	if (m->n_gone == m->room) {
		size_t room = m->room ? m->room * 2 : 4;
		void *more = realloc(m->gone, room * sizeof *m->gone);
		if (!more)
			return nomem(why);
		m->gone = more;
		m->room = room;
	}
	m->gone[m->n_gone] = mem_text(name);
	if (!m->gone[m->n_gone])
		return nomem(why);
	m->n_gone++;
	return CLOISTER_OK;
}

static enum cloister_err set_xattrs(struct inode *i, const struct layer_entry *e,
				    struct cloister_fault *why)
{
	if (e->n_xattrs == 0)
		return CLOISTER_OK;
	i->xattrs = calloc(e->n_xattrs, sizeof *i->xattrs);
	if (!i->xattrs)
		return nomem(why);
	for (unsigned k = 0; k < e->n_xattrs; k++) {
		const struct layer_xattr *from = &e->xattrs[k];
		size_t at = i->n_xattrs;
		while (at > 0 && bytes_order(bytes_text(i->xattrs[at - 1].key), from->key) > 0)
			at--;
		if (at > 0 && bytes_equal(bytes_text(i->xattrs[at - 1].key), from->key))
			return fail(why, CLOISTER_E_MALFORMED, "layer", "`%s` has an extended attribute twice",
				    shown(e->path).text);
		struct xattr x = { mem_text(from->key),
				   malloc(from->value.len + 1), from->value.len };
		if (!x.key || !x.value) {
			free(x.key);
			free(x.value);
			return nomem(why);
		}
		if (x.len)
			memcpy(x.value, from->value.data, x.len);
		memmove(i->xattrs + at + 1, i->xattrs + at, (i->n_xattrs - at) * sizeof x);
		i->xattrs[at] = x;
		i->n_xattrs++;
	}
	return CLOISTER_OK;
}

static enum node_type type_of(enum layer_kind kind)
{
	switch (kind) {
	case LAYER_FILE: return NODE_FILE;
	case LAYER_DIR: return NODE_DIR;
	case LAYER_SYMLINK: return NODE_SYMLINK;
	case LAYER_FIFO: return NODE_FIFO;
	default: return NODE_DROPPED;
	}
}

static void drop_inode(struct inode **i)
{
	inode_unref(*i);
}

static enum cloister_err new_inode(const struct layer_entry *e, struct inode **out,
				   struct cloister_fault *why)
{
	own(drop_inode) struct inode *i = inode_new(type_of(e->kind), e->mode);

	if (!i)
		return nomem(why);
	i->uid = e->uid;
	i->gid = e->gid;
	i->mtime = e->mtime;
	i->size = e->size;
	TRY(set_xattrs(i, e, why));
	if (i->type == NODE_SYMLINK) {
		i->mode = 0777;
		i->target = mem_text(e->target);
		if (!i->target)
			return nomem(why);
	}
	*out = give(i, NULL);
	return CLOISTER_OK;
}

/* A directory's entry: new, or what was implied so far, or once more (the later one wins). */
static enum cloister_err directory(struct layer_build *b, struct node *dir, struct bytes name,
				   const struct layer_entry *e, struct cloister_fault *why)
{
	struct node *n = name.len ? node_child(dir, name) : b->root;
	struct inode *inode;

	if (n && n->inode->type != NODE_DIR)
		return fail(why, CLOISTER_E_MALFORMED, "layer", "it holds `%s` twice", shown(e->path).text);
	if (!n) {
		n = node_new_layer_dir(name, true);
		TRY(attach_new(b, dir, n, why));
	}
	TRY(new_inode(e, &inode, why));
	inode_unref(n->inode);
	inode->n_names = 1;
	n->inode = inode;
	n->mark->implicit = false;
	return CLOISTER_OK;
}

/*
 * What a hard link means: something of this layer, by its plain name, or else of
 * the layers below, where directories may be reached through symbolic links.
 */
static enum cloister_err link_target(struct layer_build *b, const struct layer_entry *e,
				     struct inode **out, struct cloister_fault *why)
{
	const struct walk how = { .keep_last = true };
	struct bytes rest = e->target, name;
	struct node *n = b->root;

	while (n && rest.len > 0) {
		TRY(next_name(&rest, &name, e->target, why));
		if (n->inode->type == NODE_SYMLINK)
			return fail(why, CLOISTER_E_MALFORMED, "layer",
				    "the hard link `%s` goes through a symbolic link of the same layer",
				    shown(e->path).text);
		if (name.len)
			n = node_child(n, name);
	}
	if (!n)
		TRY(tree_walk(b->merge->tree, e->target, &how, &n, why));
	if (!n || n->inode->type == NODE_DIR)
		return fail(why, CLOISTER_E_MALFORMED, "layer", "the hard link `%s` leads to %s",
			    shown(e->path).text, n ? "a directory" : "nothing");
	*out = n->inode;
	return CLOISTER_OK;
}

static enum cloister_err other(struct layer_build *b, struct node *dir, struct bytes name,
			       const struct layer_entry *e, struct cloister_fault *why)
{
	struct merge *m = b->merge;
	struct inode *inode = NULL;

	if (name.len == 0)
		return fail(why, CLOISTER_E_MALFORMED, "layer", "the root is not a directory");
	if (node_child(dir, name))
		return fail(why, CLOISTER_E_MALFORMED, "layer", "it holds `%s` twice", shown(e->path).text);
	if (e->kind == LAYER_HARDLINK)
		TRY(link_target(b, e, &inode, why));
	else
		TRY(new_inode(e, &inode, why));
	struct node *n = node_new(name, inode);
	if (!n && inode->n_names == 0)
		inode_unref(inode);
	TRY(attach_new(b, dir, n, why));
	m->tree->n_devices += e->kind == LAYER_DEVICE;
	m->tree->n_sockets += e->kind == LAYER_SOCKET;
	if (e->kind != LAYER_FILE)
		return CLOISTER_OK;
	inode->data_at = m->data_len;
	m->data_len += e->size;
	b->file = inode;
	return CLOISTER_OK;
}

enum cloister_err layer_build_entry(void *build, const struct layer_entry *e,
				    struct cloister_fault *why)
{
	struct layer_build *b = build;
	struct bytes name;
	struct node *dir;

	b->file = NULL;
	if (starts(e->path, ".wh..wh.") && !bytes_are(e->path, OPAQUE))
		return CLOISTER_OK;
	TRY(find_parent(b, e->path, &dir, &name, why));
	if (starts(name, WHITEOUT)) {
		TRY(counted(b->merge, why));
		return whiteout(dir, name, e->path, why);
	}
	b->merge->n_bytes += e->size;
	if (b->merge->n_bytes > LIMIT_IMAGE_BYTES)
		return fail(why, CLOISTER_E_LIMIT, "layer", "the image holds more than %llu bytes",
			    (unsigned long long)LIMIT_IMAGE_BYTES);
	b->merge->tree->n_xattrs += e->n_left_out;
	if (e->kind == LAYER_DIR)
		return directory(b, dir, name, e, why);
	return other(b, dir, name, e, why);
}

enum cloister_err layer_build_data(void *build, const struct layer_data *d,
				   struct cloister_fault *why)
{
	struct layer_build *b = build;
	struct bytes left = d->data;
	uint64_t at;

	if (!b->file) /* a whiteout's content, which means nothing */
		return CLOISTER_OK;
	at = b->file->data_at + d->at;
	while (left.len > 0) {
		ssize_t n = pwrite(b->merge->tree->data_fd, left.data, left.len, (off_t)at);
		if (n <= 0)
			return fail_sys(why, "layer", "the scratch file could not be written");
		at += (uint64_t)n;
		left = bytes_of(left.data + n, left.len - (size_t)n);
	}
	return CLOISTER_OK;
}

enum cloister_err layer_build_init(struct layer_build *b, struct merge *m,
				   struct cloister_fault *why)
{
	*b = (struct layer_build){ .merge = m, .root = node_new_layer_dir(BYTES_NONE, true) };
	return b->root ? CLOISTER_OK : nomem(why);
}

void layer_build_fini(struct layer_build *b)
{
	node_free(b->root);
	b->root = NULL;
}
