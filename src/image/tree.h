/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_TREE_H
#define IMAGE_TREE_H

/*
 * tree.h - the merged file system of an image, in memory: names, modes,
 * owners, links, xattrs. File content lives in one unlinked scratch file and
 * is named by offset. Paths are resolved in this tree and never on the host.
 *
 * Children are sorted by name bytes once tree_finish() has run; that order is
 * the order of the image.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

struct image;

/* NODE_DROPPED is a device or socket while layers are merged; no finished tree has one. */
enum node_type { NODE_DIR, NODE_FILE, NODE_SYMLINK, NODE_FIFO, NODE_DROPPED };

struct xattr {
	char *key; /* "security.capability", "user.…" */
	uint8_t *value;
	size_t len;
};

/* What several names share: a hard link is a second node with the same inode. */
struct inode {
	enum node_type type;
	uint32_t mode; /* permission bits, setuid, setgid and sticky included; 07777 */
	uint32_t uid, gid;
	uint64_t mtime;   /* seconds; clamped by the builder */
	uint64_t size;    /* bytes; NODE_FILE */
	uint64_t data_at; /* offset in the scratch file; NODE_FILE */
	char *target;     /* NODE_SYMLINK */
	struct xattr *xattrs; /* sorted by key */
	size_t n_xattrs;
	uint32_t n_names; /* nodes that share this inode */
	uint32_t id;      /* 0 … tree.n_inodes - 1, in the order of the image */
};

struct mark; /* what only a layer's directories have, see node.h */

struct node {
	char *name; /* "" for the root */
	struct node *parent;
	struct inode *inode; /* shared, counted by n_names */
	struct node **children; /* NODE_DIR */
	size_t n_children, room;
	size_t n_sorted;   /* node.h; equal to n_children in a finished tree */
	struct mark *mark; /* node.h; NULL in a finished tree */
};

struct tree {
	struct node *root;
	int data_fd; /* scratch file with all content; owned */
	size_t n_nodes;   /* names, the root included */
	size_t n_inodes;
	uint64_t n_bytes; /* content of all files, each inode once */
	uint32_t n_steps; /* spent on following symbolic links, see tree_walk() */
	/* Left out of the image, for a warning. */
	size_t n_devices, n_sockets;
	size_t n_xattrs; /* other than user.* and security.capability */
};

typedef void image_progress(void *ctx, size_t layer, size_t n_layers, uint64_t bytes);

/*
 * Read every layer of `im` in order and merge: whiteouts, opaque directories,
 * hard links, replaced types. Device nodes are dropped. `progress` may be NULL.
 */
enum cloister_err image_merge(struct image *im, image_progress *progress, void *ctx,
			      struct tree **out, struct cloister_fault *why);
void tree_free(struct tree *t);
void drop_tree(struct tree **t);

/*
 * Walk `path` from `from` (NULL: the root), following symbolic links on the way
 * but not at its end when `keep_last`. *out is NULL when something is missing,
 * unless `make`: then directories are made (0755 root:root). ".." stops at the
 * root. More than 40 links, or LIMIT_TREE_STEPS in a tree's life, is an error.
 */
struct walk {
	struct node *from;
	bool keep_last, make;
};
enum cloister_err tree_walk(struct tree *t, struct bytes path, const struct walk *how,
			    struct node **out, struct cloister_fault *why);

/* Sort everything, number the inodes, count. image_merge() has done so. */
void tree_finish(struct tree *t);

/*
 * Find `path` ("/etc/passwd") following symbolic links inside the tree, at
 * most 40 of them, never above its root. NULL when absent.
 */
const struct node *tree_find(const struct tree *t, const char *path);

/* A file's content, at most `max` bytes, appended to `out`. */
struct buf;
enum cloister_err tree_read(const struct tree *t, const struct node *n, size_t max, struct buf *out,
			    struct cloister_fault *why);

/*
 * Make directory `path` (0755 root:root) with its parents where missing; for
 * mount points such as /proc or a VOLUME. A symbolic link on the way is followed.
 */
enum cloister_err tree_mkdir(struct tree *t, const char *path, struct cloister_fault *why);

#endif
