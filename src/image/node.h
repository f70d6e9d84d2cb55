/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_NODE_H
#define IMAGE_NODE_H

/*
 * node.h - nodes of a tree, for the code that builds one.
 *
 * A directory's children are a sorted run and a short unsorted tail behind it:
 * archives come sorted almost always, and those that do not must not cost the
 * square of their entries.
 */

#include "image/tree.h"

/* What a directory of a layer knows until the layer is merged. */
struct mark {
	bool implicit; /* made for a child's sake; the layer has no entry of its own for it */
	bool opaque;   /* hides everything below: .wh..wh..opq */
	char **gone;   /* names that are removed from below: .wh.NAME */
	size_t n_gone, room;
};

struct inode *inode_new(enum node_type type, uint32_t mode);
void inode_unref(struct inode *i); /* one name less; NULL is fine */

/* A node with one more name for `inode`; NULL when out of memory (the inode is then untouched). */
struct node *node_new(struct bytes name, struct inode *inode);
struct node *node_new_layer_dir(struct bytes name, bool implicit);
void node_free(struct node *n); /* with everything below; NULL is fine */
void drop_node(struct node **n);
void mark_free(struct mark *m);

struct node *node_child(const struct node *dir, struct bytes name);
/* `dir` takes `child`, which must not be there yet. */
enum cloister_err node_attach(struct node *dir, struct node *child, struct cloister_fault *why);
/* `child` becomes the caller's. */
void node_detach(struct node *child);
void node_sort(struct node *dir);

unsigned node_depth(const struct node *n); /* 0 for the root */

#endif
