/* SPDX-License-Identifier: Apache-2.0 */
/* node.c - memory and order of nodes. Knows nothing of layers, paths or files. */

#include "image/node.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

#define TAIL 128u /* unsorted children at the end of a directory */

struct inode *inode_new(enum node_type type, uint32_t mode)
{
	struct inode *i = calloc(1, sizeof *i);

	if (!i)
		return NULL;
	i->type = type;
	i->mode = mode;
	return i;
}

void inode_unref(struct inode *i)
{
	if (!i || (i->n_names > 0 && --i->n_names > 0))
		return;
	for (size_t k = 0; k < i->n_xattrs; k++) {
		free(i->xattrs[k].key);
		free(i->xattrs[k].value);
	}
	free(i->xattrs);
	free(i->target);
	free(i);
}

struct node *node_new(struct bytes name, struct inode *inode)
{
	struct node *n = calloc(1, sizeof *n);

	if (!n)
		return NULL;
	n->name = mem_text(name);
	if (!n->name) {
		free(n);
		return NULL;
	}
	n->inode = inode;
	inode->n_names++;
	return n;
}

struct node *node_new_layer_dir(struct bytes name, bool implicit)
{
	struct inode *inode = inode_new(NODE_DIR, 0755);
	struct node *n = inode ? node_new(name, inode) : NULL;

	if (!n) {
		inode_unref(inode);
		return NULL;
	}
	n->mark = calloc(1, sizeof *n->mark);
	if (!n->mark) {
		node_free(n);
		return NULL;
	}
	n->mark->implicit = implicit;
	return n;
}

void mark_free(struct mark *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n_gone; i++)
		free(m->gone[i]);
	free(m->gone);
	free(m);
}

void node_free(struct node *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->n_children; i++)
		node_free(n->children[i]);
	free(n->children);
	mark_free(n->mark);
	inode_unref(n->inode);
	free(n->name);
	free(n);
}

void drop_node(struct node **n)
{
	node_free(*n);
	*n = NULL;
}

/* Where `name` is, or would be, in the sorted run. */
static size_t position(const struct node *dir, struct bytes name, bool *found)
{
	size_t lo = 0, hi = dir->n_sorted;

	*found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int d = bytes_order(bytes_text(dir->children[mid]->name), name);
		if (d == 0) {
			*found = true;
			return mid;
		}
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct node *node_child(const struct node *dir, struct bytes name)
{
	bool found;
	size_t at = position(dir, name, &found);

	if (found)
		return dir->children[at];
	for (at = dir->n_sorted; at < dir->n_children; at++)
		if (bytes_equal(bytes_text(dir->children[at]->name), name))
			return dir->children[at];
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct node *const *)a)->name, (*(struct node *const *)b)->name);
}

/* Sort the tail, then merge both runs from their ends; the tail is copied aside for that. */
void node_sort(struct node *dir)
{
	struct node *tail[TAIL];
	size_t n = dir->n_sorted, k = dir->n_children - dir->n_sorted, to = dir->n_children;

	if (k == 0)
		return;
	memcpy(tail, dir->children + n, k * sizeof *tail);
	qsort(tail, k, sizeof *tail, by_name);
	while (k > 0) {
		bool older = n > 0 && strcmp(dir->children[n - 1]->name, tail[k - 1]->name) > 0;
		dir->children[--to] = older ? dir->children[--n] : tail[--k];
	}
	dir->n_sorted = dir->n_children;
}

static bool after_all(const struct node *dir, const struct node *child)
{
	return dir->n_sorted == dir->n_children &&
	       (dir->n_sorted == 0 || strcmp(dir->children[dir->n_sorted - 1]->name, child->name) < 0);
}

enum cloister_err node_attach(struct node *dir, struct node *child, struct cloister_fault *why)
{
	if (dir->n_children >= LIMIT_DIR_ENTRIES)
		return fail(why, CLOISTER_E_LIMIT, "layer", "more than %u names in one directory",
			    LIMIT_DIR_ENTRIES);
	if (dir->n_children == dir->room) {
		size_t room = dir->room ? dir->room * 2 : 8;
		void *more = realloc(dir->children, room * sizeof *dir->children);
		if (!more)
			return fail(why, CLOISTER_E_NOMEM, "layer", "out of memory");
		dir->children = more;
		dir->room = room;
	}
	bool sorted = after_all(dir, child);
	dir->children[dir->n_children++] = child;
	child->parent = dir;
	if (sorted)
		dir->n_sorted = dir->n_children;
	else if (dir->n_children - dir->n_sorted == TAIL)
		node_sort(dir);
	return CLOISTER_OK;
}

void node_detach(struct node *child)
{
	struct node *dir = child->parent;
	bool found;
	size_t at = position(dir, bytes_text(child->name), &found);

	if (!found)
		for (at = dir->n_sorted; dir->children[at] != child; at++)
			;
	memmove(dir->children + at, dir->children + at + 1,
		(dir->n_children - at - 1) * sizeof *dir->children);
	dir->n_children--;
	dir->n_sorted -= found;
	child->parent = NULL;
}

unsigned node_depth(const struct node *n)
{
	unsigned depth = 0;

	for (; n->parent; n = n->parent)
		depth++;
	return depth;
}
