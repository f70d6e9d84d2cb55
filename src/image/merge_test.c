/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_test.c - what layers become when they lie on each other; one row a rule
 * of doc/image.md. Every layer goes through the real confined worker.
 */

#include "image/layer_test.h"

struct row {
	const char *name;
	const char *layers[4];
	const char *tree; /* or NULL and … */
	const char *note; /* … part of the refusal */
};

static const struct row rows[] = {
	{ "one of each", { "d a\nf a/f hello\nl a/l f\nh a/h a/f\np a/p\ns a/s x\n" },
	  "d /a\nf /a/f hello *2\nf /a/h hello *2\nl /a/l f\np /a/p\nf /a/s x 4755\n", NULL },
	{ "names are normalised as docker does", { "d ./\nd ./a/\nf /a//./f 1\n" },
	  "d /a\nf /a/f 1\n", NULL },
	{ "order in the archive does not matter", { "f z 1\nf b/y 2\nf a 3\nd b\n" },
	  "f /a 3\nd /b\nf /b/y 2\nf /z 1\n", NULL },
	{ "empty layers", { "", "f a 1\n", "" }, "f /a 1\n", NULL },
	{ "xattrs: kept, capability kept, overlay's own left out", { "x a 1\nk b 2\no c 3\n" },
	  "f /a 1 user.test[1]\nf /b 2 security.capability[8]\nf /c 3\n", NULL },

	{ "a file is replaced", { "f a 1\n", "f a 2\n" }, "f /a 2\n", NULL },
	{ "a directory is merged", { "d a\nf a/x 1\n", "d a\nf a/y 2\n" },
	  "d /a\nf /a/x 1\nf /a/y 2\n", NULL },
	{ "a directory becomes a file", { "d a\nf a/x 1\n", "f a 2\n" }, "f /a 2\n", NULL },
	{ "a file becomes a directory", { "f a 1\n", "d a\nf a/x 2\n" }, "d /a\nf /a/x 2\n", NULL },
	{ "a directory becomes a link", { "d a\nf a/x 1\n", "l a b\n" }, "l /a b\n", NULL },

	{ "whiteout", { "d a\nf a/x 1\nf a/y 2\n", "f a/.wh.x \n" }, "d /a\nf /a/y 2\n", NULL },
	{ "whiteout of a directory", { "d a\nf a/x 1\nf b 1\n", "f .wh.a \n" }, "f /b 1\n", NULL },
	{ "whiteout of nothing", { "f b 1\n", "f .wh.a \n" }, "f /b 1\n", NULL },
	{ "whiteout and new content, either order",
	  { "f a 1\nf b 1\n", "f .wh.a \nf a 2\nf b 2\nf .wh.b \n" }, "f /a 2\nf /b 2\n", NULL },
	{ "a whiteout does not touch its own layer", { "f a/x 1\n", "f a/y 2\nf a/.wh.y \n" },
	  "d /a\nf /a/x 1\nf /a/y 2\n", NULL },
	{ "opaque", { "d a\nf a/x 1\nd a/d\nf a/d/z 1\n", "d a\nf a/y 2\nf a/.wh..wh..opq \n" },
	  "d /a\nf /a/y 2\n", NULL },
	{ "opaque comes first", { "d a\nf a/x 1\n", "f a/.wh..wh..opq \nd a\nf a/y 2\n" },
	  "d /a\nf /a/y 2\n", NULL },
	{ "opaque root", { "f a 1\nd b\nf b/c 1\n", "f .wh..wh..opq \nf d 1\n" }, "f /d 1\n", NULL },
	{ "a whiteout may be a hard link or a device",
	  { "f a 1\nf b 1\nf c 1\n", "c .wh.a\nf x 1\nh .wh.b x\n" }, "f /c 1\nf /x 1\n", NULL },
	{ "AUFS's own files are passed over", { "d .wh..wh.plnk\nf .wh..wh.plnk/1.2 x\nf .wh..wh.aufs \nf a 1\n" },
	  "f /a 1\n", NULL },
	{ "removed and made again across layers", { "d a\nf a/x 1\n", "f .wh.a \n", "d a\nf a/y 3\n" },
	  "d /a\nf /a/y 3\n", NULL },

	{ "hard link to a lower layer", { "f a 1\n", "h b a\n" }, "f /a 1 *2\nf /b 1 *2\n", NULL },
	{ "the other name stays when one is replaced", { "f a 1\nh b a\n", "f a 2\n" },
	  "f /a 2\nf /b 1\n", NULL },
	{ "the other name stays when one is removed", { "f a 1\nh b a\n", "f .wh.a \n" }, "f /b 1\n", NULL },
	{ "hard link to a symbolic link", { "l a x\nh b a\n" }, "l /a x *2\nl /b x *2\n", NULL },
	{ "hard link through a lower link", { "d u\nf u/f 1\nl lib u\n", "h h lib/f\n" },
	  "f /h 1 *2\nl /lib u\nd /u\nf /u/f 1 *2\n", NULL },

	{ "through a link from below, inside the tree", { "d usr/lib\nl lib usr/lib\n", "f lib/x 1\n" },
	  "l /lib usr/lib\nd /usr\nd /usr/lib\nf /usr/lib/x 1\n", NULL },
	{ "an entry of its own replaces the link", { "d usr/lib\nl lib usr/lib\n", "d lib\nf lib/x 1\n" },
	  "d /lib\nf /lib/x 1\nd /usr\nd /usr/lib\n", NULL },
	{ "a link out of the tree stays inside", { "l e ../../../etc\n", "f e/passwd x\n" },
	  "l /e ../../../etc\nd /etc\nf /etc/passwd x\n", NULL },
	{ "an absolute link stays inside", { "l e /etc\n", "f e/passwd x\n" },
	  "l /e /etc\nd /etc\nf /etc/passwd x\n", NULL },
	{ "a whiteout through a link from below", { "f usr/lib/x 1\nl lib usr/lib\n", "f lib/.wh.x \n" },
	  "l /lib usr/lib\nd /usr\nd /usr/lib\n", NULL },
	{ "a link that leads to the directory it is removed from", { "d a\nl a/l /\n", "f a/l/a gone\n" },
	  "f /a gone\n", NULL },
	{ "links in a circle", { "l a b\nl b a\n", "f a/x 1\n" }, NULL, "more than 40 symbolic links" },
	{ "a link to a file from below", { "f f 1\nl a f\n", "f a/x 1\n" }, NULL, "no directory" },
	{ "a file from below as a directory", { "f a 1\n", "f a/x 1\n" }, NULL,
	  "a directory here and a file in a layer below" },

	{ "devices are dropped", { "c dev/null\nf dev/x 1\n" }, "d /dev\nf /dev/x 1\n", NULL },
	{ "a device hides what is below", { "f a 1\n", "c a\n" }, "", NULL },
	{ "a link to a device goes with it", { "c dev/null\nh n dev/null\n" }, "d /dev\n", NULL },
};

static enum cloister_err run(const struct row *r, struct tree **out, struct cloister_fault *why)
{
	own(merge_fini) struct merge m = { 0 };

	TRY(merge_init(&m, why));
	for (int i = 0; i < 4 && r->layers[i]; i++) {
		own(buf_fini) struct buf tar = BUF_INIT(1 << 20);
		tar_script(&tar, r->layers[i]);
		TRY(lay_file(&m, buf_bytes(&tar), NULL, why));
	}
	return merge_finish(&m, out, why);
}

static void rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct row *r = &rows[i];
		own(buf_fini) struct buf text = BUF_INIT(1 << 20);
		own(drop_tree) struct tree *t = NULL;
		struct cloister_fault why = { 0 };
		enum cloister_err err = run(r, &t, &why);
		if (err == CLOISTER_OK)
			tree_say(t, &text);
		if (err != CLOISTER_OK && (!r->note || !strstr(why.note, r->note)))
			fail_msg("%s: %s: %s", r->name, cloister_err_name(err), why.note);
		if (err == CLOISTER_OK && (!r->tree || strcmp(buf_string(&text), r->tree) != 0))
			fail_msg("%s: got\n%s", r->name, buf_string(&text));
	}
}

/* What was left out is counted, and a hard link's content once. */
static void counts(void **state)
{
	static const struct row r = { "", { "c dev/a\nc dev/b\no x 1\nf f 12345\nh g f\n" }, "", NULL };
	own(drop_tree) struct tree *t = NULL;
	struct cloister_fault why = { 0 };

	(void)state;
	WANT_OK(run(&r, &t, &why), &why);
	assert_int_equal(t->n_devices, 2);
	assert_int_equal(t->n_xattrs, 1);
	assert_int_equal(t->n_nodes, 5); /* the root, dev, x, f, g */
	assert_int_equal(t->n_inodes, 4);
	assert_int_equal(t->n_bytes, 6);
}

/* The directory's owner, mode and time come from the last layer that names it. */
static void directories_metadata(void **state)
{
	own(merge_fini) struct merge m = { 0 };
	own(buf_fini) struct buf one = BUF_INIT(1 << 20), two = BUF_INIT(1 << 20), three = BUF_INIT(1 << 20);
	own(drop_tree) struct tree *t = NULL;
	struct cloister_fault why = { 0 };

	(void)state;
	tar_head(&one, &(struct tar_head){ .name = "a/", .type = '5', .mode = 01777, .uid = 1, .gid = 2, .mtime = 3 });
	tar_end(&one);
	tar_head(&two, &(struct tar_head){ .name = "a", .type = '5', .mode = 0700, .uid = 4, .gid = 5, .mtime = 6 });
	tar_end(&two);
	tar_script(&three, "f a/x 1\n");
	WANT_OK(merge_init(&m, &why), &why);
	WANT_OK(lay_file(&m, buf_bytes(&one), NULL, &why), &why);
	WANT_OK(lay_file(&m, buf_bytes(&two), NULL, &why), &why);
	WANT_OK(lay_file(&m, buf_bytes(&three), NULL, &why), &why);
	WANT_OK(merge_finish(&m, &t, &why), &why);
	const struct inode *a = tree_find(t, "/a")->inode;
	assert_int_equal(a->mode, 0700);
	assert_int_equal(a->uid, 4);
	assert_int_equal(a->gid, 5);
	assert_int_equal(a->mtime, 6);
}

/* Many names in one directory, backwards: the tail's sorting. */
static void backwards(void **state)
{
	enum { N = 5000 };
	own(merge_fini) struct merge m = { 0 };
	own(buf_fini) struct buf tar = BUF_INIT(16 << 20);
	own(drop_tree) struct tree *t = NULL;
	struct cloister_fault why = { 0 };
	char name[32];

	(void)state;
	for (int i = N; i-- > 0;) {
		snprintf(name, sizeof name, "d/%05d", i * 7919 % N);
		tar_entry(&tar, '0', name, NULL, 0644, BYTES_NONE);
	}
	tar_end(&tar);
	WANT_OK(merge_init(&m, &why), &why);
	WANT_OK(lay_file(&m, buf_bytes(&tar), NULL, &why), &why);
	WANT_OK(merge_finish(&m, &t, &why), &why);
	const struct node *d = tree_find(t, "d");
	assert_int_equal(d->n_children, N);
	for (int i = 0; i < N; i++) {
		snprintf(name, sizeof name, "%05d", i);
		assert_string_equal(d->children[i]->name, name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(counts),
		cmocka_unit_test(directories_metadata),
		cmocka_unit_test(backwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
