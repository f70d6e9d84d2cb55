/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask_test.c - what a shim may answer, row by row: a child holds an enclave of a real state
 * directory and says on ctl.sock what the row wants. Real shims are in flow/.
 */

#include "enclave/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/test.h"
#include "sys/io.h"
#include "sys/proc.h"

struct row {
	const char *name, *says; /* NULL: nothing, and the connection stays */
	size_t more;             /* so many spaces before it */
	bool hangs_up;
	enum cloister_err err;
	const char *note;
};

static const struct row rows[] = {
	{ "ok", "{\"ok\":true,\"n\":1}\n", 0, false, CLOISTER_OK, NULL },
	{ "refused", "{\"ok\":false,\"error\":\"not now\"}\n", 0, false, CLOISTER_E_PEER, "not now" },
	{ "sullen", "{\"ok\":false}\n", 0, false, CLOISTER_E_PEER, NULL },
	{ "odd", "{\"ok\":1}\n", 0, false, CLOISTER_E_PEER, NULL },
	{ "no-json", "ok\n", 0, false, CLOISTER_E_MALFORMED, "" },
	{ "half", "{\"ok\":true", 0, true, CLOISTER_E_PEER, "`half` ended before it answered" },
	{ "gone", "", 0, true, CLOISTER_E_PEER, "`gone` ended before it answered" },
	{ "endless", "{\"ok\":true}\n", 200u << 10, false, CLOISTER_E_PEER, "`endless` ended before it answered" },
	{ "silent", NULL, 0, false, CLOISTER_E_TIMEOUT, "`silent` did not answer in time" },
};

static int answer(int client, const struct row *r)
{
	char line[256];
	ssize_t n = recv(client, line, sizeof line, 0);

	if (n <= 0 || line[n - 1] != '\n')
		return 2;
	for (size_t i = 0; i < r->more; i += sizeof line) {
		memset(line, ' ', sizeof line);
		if (io_send_full(client, line, sizeof line, NULL) != CLOISTER_OK)
			break; /* it has heard enough */
	}
	if (r->says)
		(void)io_send_full(client, r->says, strlen(r->says), NULL);
	if (r->hangs_up)
		close(client);
	for (;;)
		pause();
}

/* 3: the enclave's directory, 4: its runtime directory, 5: where to say that it listens. */
static int stand_in(void *ctx)
{
	int lock, listener;

	if (state_enclave_hold(3, &lock, NULL) != CLOISTER_OK ||
	    io_unix_listen(4, "ctl.sock", &listener, NULL) != CLOISTER_OK || io_nonblock(listener, false, NULL) ||
	    write(5, "l", 1) != 1)
		return 1;
	int client = accept(listener, NULL, NULL);
	return client < 0 ? 1 : answer(client, ctx);
}

struct box {
	char path[64];
	struct state s;
};

static int set_up(void **state)
{
	static struct box b;

	b = (struct box){ .s = STATE_INIT };
	snprintf(b.path, sizeof b.path, "/tmp/cloister-ask-XXXXXX");
	*state = &b;
	return !mkdtemp(b.path) || state_open(b.path, &b.s, NULL) != CLOISTER_OK;
}

static int remove_all(const char *path)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	struct proc p = PROC_INIT;
	const char *argv[] = { "rm", "-rf", path, NULL };
	struct proc_end end;
	bool ended;

	spec.path = "/bin/rm";
	spec.argv = argv;
	return proc_start(&spec, &p, NULL) != CLOISTER_OK || proc_wait(&p, -1, &ended, &end, NULL) != CLOISTER_OK;
}

static int tear_down(void **state)
{
	struct box *b = *state;

	state_close(&b->s);
	return remove_all(b->path);
}

static void start(struct box *b, const struct row *r, struct proc *p)
{
	own(drop_fd) int dir = -1;
	own(drop_fd) int run = -1;
	static struct record record;
	struct proc_spec spec = PROC_SPEC_INIT;
	struct cloister_fault why;
	char word;
	int pair[2];

	WANT_OK(state_enclave_new(&b->s, r->name, &dir, &why), &why);
	record = (struct record){ .state = RECORD_RUNNING, .exit_code = -1 };
	snprintf(record.name, sizeof record.name, "%s", r->name);
	WANT_OK(state_run_new(&b->s, r->name, record.run_dir, sizeof record.run_dir, &run, &why), &why);
	WANT_OK(record_write(dir, &record, &why), &why);
	WANT_OK(io_pair(SOCK_STREAM, pair, &why), &why);
	spec.fn = stand_in;
	spec.ctx = (void *)r;
	spec.fds[0] = dir;
	spec.fds[1] = run;
	spec.fds[2] = pair[1];
	spec.n_fds = 3;
	spec.die_with_parent = true;
	WANT_OK(proc_start(&spec, p, &why), &why);
	close(pair[1]);
	WANT_OK(io_read_full(pair[0], &word, 1, &why), &why);
	close(pair[0]);
}

static void answers(void **state)
{
	struct box *b = *state;

	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct row *r = &rows[i];
		own(proc_drop) struct proc p = PROC_INIT;
		own(buf_fini) struct buf text = BUF_INIT(ASK_REPLY_MAX);
		struct cloister_fault why = { 0 };
		struct json top = { 0 };
		uint64_t n = 0;

		start(b, r, &p);
		enum cloister_err err = enclave_ask(&b->s, r->name, bytes_text("{\"op\":\"status\"}"),
						    r->says ? 20000 : 100, &text, &top, &why);
		if (err != r->err || (r->note && r->note[0] && strcmp(why.note, r->note) != 0))
			fail_msg("%s: %s: %s", r->name, cloister_err_name(err), why.note);
		assert_true(json_u64(json_get(top, "n"), &n) == (err == CLOISTER_OK) && n == (err == CLOISTER_OK));
	}
}

/* Several at once in one loop, one of them taken back. */
struct seen {
	int answered;
	enum cloister_err err;
};

static void saw(void *owner, struct json top, const struct cloister_fault *why)
{
	struct seen *s = owner;

	s->answered++;
	s->err = why ? why->err : CLOISTER_OK;
	assert_true((top.type == JSON_NONE) == (why != NULL));
}

static void many_at_once(void **state)
{
	struct box *b = *state;
	struct proc p[3] = { PROC_INIT, PROC_INIT, PROC_INIT };
	const struct row *who[3] = { &rows[0], &rows[1], &rows[8] };
	struct seen seen[3] = { 0 };
	own(drop_loop) struct loop *loop = NULL;
	struct cloister_fault why;
	struct ask *a[3];

	WANT_OK(loop_new(&loop, &why), &why);
	for (int i = 0; i < 3; i++) {
		start(b, who[i], &p[i]);
		WANT_OK(ask_open(loop, &b->s, who[i]->name, bytes_text("{}"), 20000, saw, &seen[i], &a[i], &why), &why);
	}
	for (int turn = 0; turn < 100 && (!seen[0].answered || !seen[1].answered); turn++)
		WANT_OK(loop_turn(loop, 200, &why), &why);
	assert_true(seen[0].answered == 1 && seen[0].err == CLOISTER_OK);
	assert_true(seen[1].answered == 1 && seen[1].err == CLOISTER_E_PEER);
	ask_free(a[2]);
	ask_free(NULL);
	for (int i = 0; i < 3; i++)
		proc_drop(&p[i]);
	WANT_OK(loop_turn(loop, 0, &why), &why);
	assert_int_equal(seen[2].answered, 0);
}

static void nobody_there(void **state)
{
	struct box *b = *state;
	own(buf_fini) struct buf text = BUF_INIT(1024);
	own(proc_drop) struct proc p = PROC_INIT;
	struct cloister_fault why;
	struct json top;
	int pidfd = 99;

	assert_int_equal(enclave_ask(&b->s, "unknown", bytes_text("{}"), 100, &text, &top, &why), CLOISTER_E_MISSING);
	start(b, &rows[0], &p);
	WANT_OK(enclave_shim(&b->s, "ok", &pidfd, &why), &why);
	assert_true(pidfd >= 0 && !proc_gone(pidfd, 0));
	WANT_OK(enclave_kill(&b->s, "ok", &why), &why);
	assert_true(proc_gone(pidfd, 10000));
	close(pidfd);
	assert_int_equal(enclave_ask(&b->s, "ok", bytes_text("{}"), 100, &text, &top, &why), CLOISTER_E_MISSING);
	assert_non_null(strstr(why.note, "is not running (failed)"));
	WANT_OK(enclave_shim(&b->s, "ok", &pidfd, &why), &why);
	assert_int_equal(pidfd, -1);
	/* Nothing to stop is no fault. */
	WANT_OK(enclave_stop(&b->s, "ok", 0, &why), &why);
	WANT_OK(enclave_kill(&b->s, "ok", &why), &why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobody_there, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
