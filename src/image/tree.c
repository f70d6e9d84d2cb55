/* SPDX-License-Identifier: Apache-2.0 */
/* tree.c - paths in a tree: walking, finding, reading, making. Never resolves one on the host. */

#include "image/tree.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "image/node.h"
#include "image/shown.h"
#include "sys/io.h"

#define LINKS 40u /* symbolic links in one walk, as in the kernel */

void tree_free(struct tree *t)
{
	if (!t)
		return;
	node_free(t->root);
	drop_fd(&t->data_fd);
	free(t);
}

void drop_tree(struct tree **t)
{
	tree_free(*t);
	*t = NULL;
}

struct walker {
	struct tree *tree;
	bool make;
	unsigned links;
	struct cloister_fault *why;
};

static enum cloister_err make_child(struct walker *w, struct node *dir, struct bytes name,
				    struct node **out)
{
	if (w->tree->n_nodes > 2 * LIMIT_IMAGE_ENTRIES)
		return fail(w->why, CLOISTER_E_LIMIT, "tree", "too many directories behind symbolic links");
	if (name.len > LIMIT_NAME)
		return fail(w->why, CLOISTER_E_LIMIT, "tree", "a name of %zu bytes", name.len);
	struct inode *inode = inode_new(NODE_DIR, 0755);
	struct node *n = inode ? node_new(name, inode) : NULL;
	if (!n) {
		inode_unref(inode);
		return fail(w->why, CLOISTER_E_NOMEM, "tree", "out of memory");
	}
	if (node_depth(dir) >= LIMIT_TREE_DEPTH) {
		node_free(n);
		return fail(w->why, CLOISTER_E_LIMIT, "tree", "a path of more than %u directories",
			    LIMIT_TREE_DEPTH);
	}
	enum cloister_err err = node_attach(dir, n, w->why);
	if (err != CLOISTER_OK) {
		node_free(n);
		return err;
	}
	node_sort(dir);
	inode->id = (uint32_t)w->tree->n_inodes++;
	w->tree->n_nodes++;
	*out = n;
	return CLOISTER_OK;
}

static enum cloister_err walk_path(struct walker *w, struct node *at, struct bytes path,
				   bool keep_last, struct node **out);

/* One component from directory `at`; *out NULL when it is not there. */
static enum cloister_err step(struct walker *w, struct node *at, struct bytes name, bool follow,
			      struct node **out)
{
	if (++w->tree->n_steps > LIMIT_TREE_STEPS)
		return fail(w->why, CLOISTER_E_LIMIT, "tree", "symbolic links lead in circles without end");
	*out = NULL;
	if (at->inode->type != NODE_DIR)
		return CLOISTER_OK;
	if (bytes_are(name, "..")) {
		*out = at->parent ? at->parent : at;
		return CLOISTER_OK;
	}
	struct node *child = node_child(at, name);
	if (!child && w->make)
		return make_child(w, at, name, out);
	if (!child || child->inode->type != NODE_SYMLINK || !follow) {
		*out = child;
		return CLOISTER_OK;
	}
	if (++w->links > LINKS)
		return fail(w->why, CLOISTER_E_LIMIT, "tree", "more than %u symbolic links at `%s`", LINKS,
			    shown(name).text);
	struct bytes target = bytes_text(child->inode->target);
	return walk_path(w, target.len && target.data[0] == '/' ? w->tree->root : at, target, false,
			 out);
}

static struct bytes next_name(struct bytes *path)
{
	size_t n = 0;

	while (path->len && path->data[0] == '/')
		*path = bytes_of(path->data + 1, path->len - 1);
	while (n < path->len && path->data[n] != '/')
		n++;
	struct bytes name = bytes_of(path->data, n);
	*path = bytes_of(path->data + n, path->len - n);
	return name;
}

static bool only_slashes(struct bytes path)
{
	return next_name(&path).len == 0;
}

static enum cloister_err walk_path(struct walker *w, struct node *at, struct bytes path,
				   bool keep_last, struct node **out)
{
	struct bytes name;

	*out = at;
	while (*out && (name = next_name(&path)).len > 0)
		if (!bytes_are(name, "."))
			TRY(step(w, *out, name, !(keep_last && only_slashes(path)), out));
	return CLOISTER_OK;
}

enum cloister_err tree_walk(struct tree *t, struct bytes path, const struct walk *how,
			    struct node **out, struct cloister_fault *why)
{
	struct walker w = { .tree = t, .make = how->make, .why = why };
	struct node *from = how->from ? how->from : t->root, *found;

	if (path.len && path.data[0] == '/')
		from = t->root;
	TRY(walk_path(&w, from, path, how->keep_last, &found));
	*out = found;
	return CLOISTER_OK;
}

const struct node *tree_find(const struct tree *t, const char *path)
{
	/* Nothing is made, so the tree stays as it is; the count of steps is this call's own. */
	struct tree copy = *t;
	struct walk how = { 0 };
	struct node *found;

	copy.n_steps = 0;
	return tree_walk(&copy, bytes_text(path), &how, &found, NULL) == CLOISTER_OK ? found : NULL;
}

enum cloister_err tree_read(const struct tree *t, const struct node *n, size_t max, struct buf *out,
			    struct cloister_fault *why)
{
	uint8_t chunk[16384];
	uint64_t done = 0;

	if (n->inode->type != NODE_FILE)
		return fail(why, CLOISTER_E_MALFORMED, "tree", "`%s` is not a regular file",
			    shown_text(n->name).text);
	if (n->inode->size > max)
		return fail(why, CLOISTER_E_LIMIT, "tree", "`%s` is %llu bytes long, %zu are allowed",
			    shown_text(n->name).text, (unsigned long long)n->inode->size, max);
	while (done < n->inode->size) {
		uint64_t left = n->inode->size - done;
		size_t want = left < sizeof chunk ? (size_t)left : sizeof chunk;
		ssize_t got = pread(t->data_fd, chunk, want, (off_t)(n->inode->data_at + done));
		if (got <= 0)
			return fail_sys(why, "tree", "the scratch file could not be read");
		buf_put(out, chunk, (size_t)got);
		done += (uint64_t)got;
	}
	return buf_ok(out, "tree", why);
}

enum cloister_err tree_mkdir(struct tree *t, const char *path, struct cloister_fault *why)
{
	struct walk how = { .make = true };
	struct node *made;

	TRY(tree_walk(t, bytes_text(path), &how, &made, why));
	if (!made || made->inode->type != NODE_DIR)
		return fail(why, CLOISTER_E_MALFORMED, "tree", "`%s` cannot be a directory in this image",
			    shown_text(path).text);
	return CLOISTER_OK;
}

static void unnumber(struct node *n)
{
	n->inode->id = UINT32_MAX;
	for (size_t i = 0; i < n->n_children; i++)
		unnumber(n->children[i]);
}

static void number(struct tree *t, struct node *n)
{
	node_sort(n);
	t->n_nodes++;
	if (n->inode->id == UINT32_MAX) {
		n->inode->id = (uint32_t)t->n_inodes++;
		t->n_bytes += n->inode->type == NODE_FILE ? n->inode->size : 0;
	}
	for (size_t i = 0; i < n->n_children; i++)
		number(t, n->children[i]);
}

void tree_finish(struct tree *t)
{
	t->n_nodes = t->n_inodes = 0;
	t->n_bytes = 0;
	unnumber(t->root);
	number(t, t->root);
}
