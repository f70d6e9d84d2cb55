/* SPDX-License-Identifier: Apache-2.0 */
/* tree_test.c - finding, reading and making paths in a tree, links and all. */

#include "image/layer_test.h"

static const char script[] =
	"d etc\nf etc/passwd root\nl link etc\nl abs /etc\nl up ../../..\nl self self\nl a b\nl b a\n"
	"l etc/back ..\nl dangling nowhere/else\nl file etc/passwd\nl long link/../abs/./passwd\n";

static struct tree *sample(void)
{
	own(merge_fini) struct merge m = { 0 };
	own(buf_fini) struct buf tar = BUF_INIT(1 << 20);
	struct cloister_fault why = { 0 };
	struct tree *t = NULL;

	tar_script(&tar, script);
	WANT_OK(merge_init(&m, &why), &why);
	WANT_OK(lay_file(&m, buf_bytes(&tar), NULL, &why), &why);
	WANT_OK(merge_finish(&m, &t, &why), &why);
	return t;
}

static const struct {
	const char *path;
	const char *name; /* of the node found; NULL: nothing */
} finds[] = {
	{ "/etc/passwd", "passwd" },
	{ "etc//./passwd", "passwd" },
	{ "/link/passwd", "passwd" },
	{ "/abs/passwd", "passwd" },
	{ "/up/etc/passwd", "passwd" },
	{ "/etc/back/etc/back/etc/passwd", "passwd" },
	{ "/../../etc", "etc" },
	{ "/etc/..", "" },
	{ "/", "" },
	{ "", "" },
	{ "/file", "passwd" },
	{ "/long", "passwd" },
	{ "/file/", "passwd" },
	{ "/etc/passwd/x", NULL },
	{ "/self", NULL },
	{ "/a", NULL },
	{ "/dangling", NULL },
	{ "/missing", NULL },
	{ "/etc/missing", NULL },
};

static void finding(void **state)
{
	own(drop_tree) struct tree *t = sample();

	(void)state;
	for (size_t i = 0; i < N_OF(finds); i++) {
		const struct node *n = tree_find(t, finds[i].path);
		if (finds[i].name ? !n || strcmp(n->name, finds[i].name) != 0 : n != NULL)
			fail_msg("`%s`: %s", finds[i].path, n ? n->name : "nothing");
	}
}

static void reading(void **state)
{
	own(drop_tree) struct tree *t = sample();
	own(buf_fini) struct buf out = BUF_INIT(100);
	struct cloister_fault why = { 0 };

	(void)state;
	WANT_OK(tree_read(t, tree_find(t, "/file"), 4, &out, &why), &why);
	assert_string_equal(buf_string(&out), "root");
	assert_int_equal(tree_read(t, tree_find(t, "/file"), 3, &out, &why), CLOISTER_E_LIMIT);
	assert_int_equal(tree_read(t, tree_find(t, "/etc"), 100, &out, &why), CLOISTER_E_MALFORMED);
}

static void making(void **state)
{
	own(drop_tree) struct tree *t = sample();
	struct cloister_fault why = { 0 };
	size_t before = t->n_nodes, inodes = t->n_inodes;

	(void)state;
	WANT_OK(tree_mkdir(t, "/etc", &why), &why);
	assert_int_equal(t->n_nodes, before);
	WANT_OK(tree_mkdir(t, "/link/new/er", &why), &why);
	assert_non_null(tree_find(t, "/etc/new/er"));
	assert_int_equal(tree_find(t, "/etc/new")->inode->mode, 0755);
	WANT_OK(tree_mkdir(t, "/dangling", &why), &why);
	assert_non_null(tree_find(t, "/nowhere/else"));
	WANT_OK(tree_mkdir(t, "/../proc", &why), &why);
	assert_int_equal(t->n_nodes, before + 5);
	assert_int_equal(t->n_inodes, inodes + 5);
	assert_int_equal(tree_find(t, "/proc")->inode->id, inodes + 4);
	assert_int_equal(tree_mkdir(t, "/etc/passwd", &why), CLOISTER_E_MALFORMED);
	assert_int_equal(tree_mkdir(t, "/etc/passwd/x", &why), CLOISTER_E_MALFORMED);
	assert_int_equal(tree_mkdir(t, "/self/x", &why), CLOISTER_E_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finding),
		cmocka_unit_test(reading),
		cmocka_unit_test(making),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
