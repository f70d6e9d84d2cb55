/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_MERGE_H
#define IMAGE_MERGE_H

/*
 * merge.h - layers becoming one tree: the state that merge.c and layer_build.c
 * share. Rules in doc/image.md.
 *
 * A layer is first a small tree of its own (layer_build.c), so that whiteouts
 * apply to what is below and never to what the layer itself brings, in whatever
 * order its archive has them. Only when its digests held is it merged.
 */

#include "image/layer.h"
#include "image/node.h"

struct merge {
	struct tree *tree;  /* what is below; grows */
	uint64_t data_len;  /* bytes of the scratch file in use */
	uint64_t n_bytes;   /* content of all layers, also what was replaced later */
	size_t n_entries;   /* entries and implied directories of all layers */
	struct node **dead; /* replaced or removed; freed at the end, see merge.c */
	size_t n_dead, dead_room;
};

/* A layer being read. */
struct layer_build {
	struct merge *merge;
	struct node *root;  /* with marks; owned */
	struct inode *file; /* the last entry, when it is a file */
};

enum cloister_err layer_build_entry(void *build, const struct layer_entry *e,
				    struct cloister_fault *why);
enum cloister_err layer_build_data(void *build, const struct layer_data *d,
				   struct cloister_fault *why);

enum cloister_err merge_init(struct merge *m, struct cloister_fault *why);
void merge_fini(struct merge *m);
enum cloister_err layer_build_init(struct layer_build *b, struct merge *m,
				   struct cloister_fault *why);
void layer_build_fini(struct layer_build *b);
/* Lay the built layer over the tree; consumes it. */
enum cloister_err merge_layer(struct merge *m, struct layer_build *b, struct cloister_fault *why);
/* Number and count the tree, and hand it over. */
enum cloister_err merge_finish(struct merge *m, struct tree **out, struct cloister_fault *why);

#endif
