/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.c - laying one layer over what is below (OCI image-spec layer.md,
 * "Applying Changesets"), and doing so for every layer of an image.
 *
 * A directory that a layer only implies is followed through a symbolic link of
 * a lower layer, inside the tree, as containerd does; one that it names
 * replaces the link. Because of such links a merge can remove a directory that
 * it is inside of; what is removed is therefore kept until the end.
 */

#include "image/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/image.h"
#include "image/shown.h"
#include "sys/io.h"

static enum cloister_err nomem(struct cloister_fault *why)
{
	return fail(why, CLOISTER_E_NOMEM, "layer", "out of memory");
}

static enum cloister_err bury(struct merge *m, struct node *n, struct cloister_fault *why)
{
	if (m->n_dead == m->dead_room) {
		size_t room = m->dead_room ? m->dead_room * 2 : 64;
		void *more = realloc(m->dead, room * sizeof *m->dead);
		if (!more)
			return nomem(why);
		m->dead = more;
		m->dead_room = room;
	}
	node_detach(n);
	m->dead[m->n_dead++] = n;
	return CLOISTER_OK;
}

/* A layer's own subtree loses its marks and dropped nodes; returns how deep it is. */
static unsigned settle(struct node *n)
{
	unsigned deepest = 0;
	size_t kept = 0;

	mark_free(n->mark);
	n->mark = NULL;
	node_sort(n);
	for (size_t i = 0; i < n->n_children; i++) {
		struct node *c = n->children[i];
		if (c->inode->type == NODE_DROPPED) {
			node_free(c);
			continue;
		}
		unsigned d = settle(c) + 1;
		deepest = d > deepest ? d : deepest;
		n->children[kept++] = c;
	}
	n->n_children = n->n_sorted = kept;
	return deepest;
}

static enum cloister_err hide(struct merge *m, struct node *dst, const struct mark *mark,
			      struct cloister_fault *why)
{
	while (mark->opaque && dst->n_children > 0)
		TRY(bury(m, dst->children[dst->n_children - 1], why));
	for (size_t i = 0; i < mark->n_gone; i++) {
		struct node *n = node_child(dst, bytes_text(mark->gone[i]));
		if (n)
			TRY(bury(m, n, why));
	}
	return CLOISTER_OK;
}

static enum cloister_err merge_dir(struct merge *m, struct node *dst, struct node *src,
				   unsigned depth, struct cloister_fault *why);

/* An implied directory over a symbolic link from below: go where it leads, inside the tree. */
static enum cloister_err through_link(struct merge *m, struct node *dst, struct node *link,
				      struct node *src, struct cloister_fault *why)
{
	const struct walk how = { .from = dst, .make = true };
	struct node *to;

	TRY(tree_walk(m->tree, bytes_text(link->inode->target), &how, &to, why));
	if (!to || to->inode->type != NODE_DIR)
		return fail(why, CLOISTER_E_MALFORMED, "layer", "`%s` leads to something that is no directory",
			    shown_text(link->name).text);
	return merge_dir(m, to, src, node_depth(to), why);
}

/* Takes `child`, which is in no tree any more. */
static enum cloister_err merge_child(struct merge *m, struct node *dst, struct node *child,
				     unsigned depth, struct cloister_fault *why)
{
	own(drop_node) struct node *src = child;
	struct node *below = node_child(dst, bytes_text(src->name));
	bool dir = src->inode->type == NODE_DIR;

	if (dir && below && below->inode->type == NODE_DIR)
		return merge_dir(m, below, src, depth + 1, why);
	if (dir && below && src->mark->implicit && below->inode->type == NODE_SYMLINK)
		return through_link(m, dst, below, src, why);
	if (dir && below && src->mark->implicit)
		return fail(why, CLOISTER_E_MALFORMED, "layer",
			    "`%s` is a directory here and a file in a layer below",
			    shown_text(src->name).text);
	if (below)
		TRY(bury(m, below, why));
	if (src->inode->type == NODE_DROPPED)
		return CLOISTER_OK;
	if (settle(src) + depth + 1 > LIMIT_TREE_DEPTH)
		return fail(why, CLOISTER_E_LIMIT, "layer", "`%s` is deeper than %u directories",
			    shown_text(src->name).text, LIMIT_TREE_DEPTH);
	TRY(node_attach(dst, src, why));
	src = NULL;
	return CLOISTER_OK;
}

static enum cloister_err merge_dir(struct merge *m, struct node *dst, struct node *src,
				   unsigned depth, struct cloister_fault *why)
{
	if (!src->mark->implicit) {
		inode_unref(dst->inode);
		dst->inode = give(src->inode, NULL);
	}
	TRY(hide(m, dst, src->mark, why));
	node_sort(src);
	for (size_t i = 0; i < src->n_children; i++)
		TRY(merge_child(m, dst, give(src->children[i], NULL), depth, why));
	node_sort(dst);
	return CLOISTER_OK;
}

enum cloister_err merge_layer(struct merge *m, struct layer_build *b, struct cloister_fault *why)
{
	enum cloister_err err = merge_dir(m, m->tree->root, b->root, 0, why);

	layer_build_fini(b);
	for (size_t i = 0; i < m->n_dead; i++)
		node_free(m->dead[i]);
	m->n_dead = 0;
	return err;
}

enum cloister_err merge_init(struct merge *m, struct cloister_fault *why)
{
	struct inode *root;

	*m = (struct merge){ .tree = calloc(1, sizeof *m->tree) };
	if (!m->tree)
		return nomem(why);
	m->tree->data_fd = -1;
	root = inode_new(NODE_DIR, 0755);
	m->tree->root = root ? node_new(BYTES_NONE, root) : NULL;
	if (!m->tree->root) {
		inode_unref(root);
		return nomem(why);
	}
	return file_scratch(NULL, &m->tree->data_fd, why);
}

void merge_fini(struct merge *m)
{
	for (size_t i = 0; i < m->n_dead; i++)
		node_free(m->dead[i]);
	free(m->dead);
	tree_free(m->tree);
	*m = (struct merge){ 0 };
}

enum cloister_err merge_finish(struct merge *m, struct tree **out, struct cloister_fault *why)
{
	/* Holes at the very end are part of their files too. */
	if (ftruncate(m->tree->data_fd, (off_t)m->data_len) < 0)
		return fail_sys(why, "layer", "the scratch file could not be extended");
	tree_finish(m->tree);
	*out = give(m->tree, NULL);
	return CLOISTER_OK;
}

struct reporter {
	image_progress *fn;
	void *ctx;
	size_t layer, n_layers;
};

/* What layer_read() calls: the build and who wants to hear of progress. */
struct receiver {
	struct layer_build build;
	struct reporter report;
};

static enum cloister_err entry(void *ctx, const struct layer_entry *e, struct cloister_fault *why)
{
	return layer_build_entry(&((struct receiver *)ctx)->build, e, why);
}

static enum cloister_err data(void *ctx, const struct layer_data *d, struct cloister_fault *why)
{
	return layer_build_data(&((struct receiver *)ctx)->build, d, why);
}

static void progress(void *ctx, uint64_t bytes)
{
	const struct reporter *r = &((struct receiver *)ctx)->report;

	if (r->fn)
		r->fn(r->ctx, r->layer, r->n_layers, bytes);
}

static void drop_receiver(struct receiver *r)
{
	layer_build_fini(&r->build);
}

static enum cloister_err one_layer(struct merge *m, const struct image *im,
				   const struct reporter *report, struct cloister_fault *why)
{
	const struct image_layer *l = &im->layers[report->layer];
	own(span_close) struct span span = SPAN_INIT;
	own(drop_receiver) struct receiver r = { .report = *report };
	const struct layer_sink sink = { entry, data, progress, &r };

	TRY(blobs_find(&im->blobs, l->name, &span, why));
	if (span.len != l->size)
		return fail(why, CLOISTER_E_MALFORMED, "layer",
			    "its file has %llu bytes, the manifest says %llu",
			    (unsigned long long)span.len, (unsigned long long)l->size);
	const struct layer_source src = { span.fd, span.at, span.len, l->has_blob ? l->blob : NULL,
					  l->diff_id };
	TRY(layer_build_init(&r.build, m, why));
	TRY(layer_read(&src, &sink, why));
	return merge_layer(m, &r.build, why);
}

/* Say which layer it was. */
static enum cloister_err blame(enum cloister_err err, size_t layer, size_t n_layers,
			       struct cloister_fault *why)
{
	char note[CLOISTER_NOTE_MAX];

	if (!why)
		return err;
	snprintf(note, sizeof note, "%zu of %zu: %.120s", layer + 1, n_layers, why->note);
	memcpy(why->note, note, sizeof note);
	why->what = "layer";
	return err;
}

enum cloister_err image_merge(struct image *im, image_progress *fn, void *ctx, struct tree **out,
			      struct cloister_fault *why)
{
	own(merge_fini) struct merge m = { 0 };
	struct reporter report = { fn, ctx, 0, im->n_layers };

	TRY(merge_init(&m, why));
	for (; report.layer < im->n_layers; report.layer++) {
		enum cloister_err err = one_layer(&m, im, &report, why);
		if (err != CLOISTER_OK)
			return blame(err, report.layer, im->n_layers, why);
	}
	return merge_finish(&m, out, why);
}
