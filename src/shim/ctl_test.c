/* SPDX-License-Identifier: Apache-2.0 */
/* ctl_test.c - requests to a shim, read in rows; and clients of a real ctl.sock. */

#include "shim/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "sys/io.h"

static void requests(void **state)
{
	(void)state;
	struct ctl_request r;
	struct cloister_fault why;

	WANT_OK(ctl_request_read(bytes_text("{\"op\":\"status\"}"), &r, &why), &why);
	assert_int_equal(r.op, CTL_STATUS);
	WANT_OK(ctl_request_read(bytes_text("{\"op\":\"attest\",\"nonce\":\"00fF\",\"user_data\":\"\",\"public_key\":null}"),
				 &r, &why), &why);
	assert_int_equal(r.op, CTL_ATTEST);
	assert_true(r.nonce.present && r.nonce.len == 2 && r.nonce.data[1] == 0xff);
	assert_true(r.user_data.present && r.user_data.len == 0); /* empty is not absent */
	assert_false(r.public_key.present);
	WANT_OK(ctl_request_read(bytes_text("{\"op\":\"stop\"}"), &r, &why), &why);
	assert_true(r.op == CTL_STOP && r.grace_ms == UINT64_MAX);
	WANT_OK(ctl_request_read(bytes_text("{\"op\":\"stop\",\"grace_ms\":0}"), &r, &why), &why);
	assert_true(r.grace_ms == 0);
	WANT_OK(ctl_request_read(bytes_text("{\"op\":\"signal\",\"signal\":64}"), &r, &why), &why);
	assert_true(r.op == CTL_SIGNAL && r.signal == 64);
	WANT_OK(ctl_request_read(bytes_text("{\"op\":\"pause\"}"), &r, &why), &why);
	assert_int_equal(r.op, CTL_PAUSE);
	WANT_OK(ctl_request_read(bytes_text("{\"op\":\"resume\"}"), &r, &why), &why);
	assert_int_equal(r.op, CTL_RESUME);
}

static void refused(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		enum cloister_err err;
	} rows[] = {
		{ "", CLOISTER_E_MALFORMED },
		{ "status", CLOISTER_E_MALFORMED },
		{ "{\"op\":\"status\"", CLOISTER_E_MALFORMED },
		{ "{\"op\":\"status\"}{}", CLOISTER_E_MALFORMED },
		{ "{\"op\":\"status\",\"op\":\"stop\"}", CLOISTER_E_MALFORMED },
		{ "[]", CLOISTER_E_UNSUPPORTED },
		{ "{}", CLOISTER_E_UNSUPPORTED },
		{ "{\"op\":null}", CLOISTER_E_UNSUPPORTED },
		{ "{\"op\":\"exec\"}", CLOISTER_E_UNSUPPORTED },
		{ "{\"op\":\"status\",\"more\":1}", CLOISTER_E_MALFORMED },
		{ "{\"op\":\"attest\",\"nonce\":\"0\"}", CLOISTER_E_USAGE },
		{ "{\"op\":\"attest\",\"nonce\":\"0g\"}", CLOISTER_E_USAGE },
		{ "{\"op\":\"attest\",\"nonce\":1}", CLOISTER_E_USAGE },
		{ "{\"op\":\"stop\",\"grace_ms\":-1}", CLOISTER_E_USAGE },
		{ "{\"op\":\"stop\",\"grace_ms\":3600001}", CLOISTER_E_USAGE },
		{ "{\"op\":\"stop\",\"grace_ms\":\"1\"}", CLOISTER_E_USAGE },
		{ "{\"op\":\"pause\",\"more\":1}", CLOISTER_E_MALFORMED },
		{ "{\"op\":\"signal\"}", CLOISTER_E_USAGE },
		{ "{\"op\":\"signal\",\"signal\":0}", CLOISTER_E_USAGE },
		{ "{\"op\":\"signal\",\"signal\":65}", CLOISTER_E_USAGE },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct ctl_request r = { .signal = 99 };
		enum cloister_err err = ctl_request_read(bytes_text(rows[i].line), &r, NULL);
		if (err != rows[i].err)
			fail_msg("%s: %s", rows[i].line, cloister_err_name(err));
		assert_int_equal(r.signal, 99);
	}
}

static void longest_nonce(void **state)
{
	(void)state;
	char line[4096];
	struct ctl_request r;

	for (int over = 0; over <= 1; over++) {
		size_t digits = 2 * (LIMIT_NSM_FIELD + (size_t)over);
		int n = snprintf(line, sizeof line, "{\"op\":\"attest\",\"nonce\":\"%0*d\"}", (int)digits, 0);
		assert_true(n > 0);
		assert_int_equal(ctl_request_read(bytes_text(line), &r, NULL),
				 over ? CLOISTER_E_USAGE : CLOISTER_OK);
	}
}

/* A shim of two lines: attest waits for evidence, stop for the end, the rest is answered. */
struct rig {
	struct loop *loop;
	struct ctl *ctl;
	char dir_name[64];
	int dir;
	uint32_t id;
};

static void request(void *owner, struct ctl_client *c, const struct ctl_request *q)
{
	struct rig *r = owner;

	if (q->op == CTL_ATTEST)
		r->id = ctl_wait_evidence(c);
	else if (q->op == CTL_STOP)
		ctl_wait_end(c);
	else if (q->op == CTL_STATUS)
		ctl_record(c);
	else if (q->op == CTL_PAUSE || q->op == CTL_RESUME)
		ctl_wait_pause(c, q->op == CTL_PAUSE);
	else
		ctl_refuse(c, "not \"now\"");
}

static void record(void *owner, struct buf *out)
{
	(void)owner;
	buf_text(out, "{\"state\":\"running\"}");
}

static int set_up(void **state)
{
	static struct rig r;
	struct ctl_events events = { &r, request, record };

	r = (struct rig){ .dir = -1 };
	snprintf(r.dir_name, sizeof r.dir_name, "/tmp/cloister-ctl-XXXXXX");
	r.dir = mkdtemp(r.dir_name) ? open(r.dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	*state = &r;
	return r.dir < 0 || loop_new(&r.loop, NULL) != CLOISTER_OK ||
	       ctl_open(r.loop, r.dir, &events, &r.ctl, NULL) != CLOISTER_OK;
}

static int tear_down(void **state)
{
	struct rig *r = *state;

	ctl_free(r->ctl);
	loop_free(r->loop);
	unlinkat(r->dir, "ctl.sock", 0);
	close(r->dir);
	return rmdir(r->dir_name);
}

static void turn(struct rig *r)
{
	for (int i = 0; i < 10; i++)
		assert_int_equal(loop_turn(r->loop, 0, NULL), CLOISTER_OK);
}

static int client(struct rig *r, const char *say)
{
	int fd = -1;

	assert_int_equal(io_unix_connect(r->dir, "ctl.sock", &fd, NULL), CLOISTER_OK);
	assert_int_equal(io_send_full(fd, say, strlen(say), NULL), CLOISTER_OK);
	turn(r);
	return fd;
}

/* What came, "" for nothing, "closed" when the shim hung up without a word. */
static const char *heard(int fd)
{
	static char text[70000];
	ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	/* A reset: it hung up with our bytes unread. */
	return n == 0 || (n < 0 && errno == ECONNRESET) ? "closed" : text;
}

static void answers(void **state)
{
	struct rig *r = *state;
	static const struct {
		const char *say, *want;
	} rows[] = {
		{ "{\"op\":\"status\"}\n", "{\"ok\":true,\"record\":{\"state\":\"running\"}}\n" },
		{ "{\"op\":\"signal\",\"signal\":1}\n", "{\"ok\":false,\"error\":\"not \\\"now\\\"\"}\n" },
		{ "{\"op\":\"stat", "" },
		{ "{\"op\":\"status\"}\n{\"op\":\"status\"}\n", "closed" },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		int fd = client(r, rows[i].say);
		assert_string_equal(heard(fd), rows[i].want);
		close(fd);
		turn(r);
		assert_int_equal(ctl_clients(r->ctl), 0);
	}
	struct stat st;
	assert_int_equal(fstatat(r->dir, "ctl.sock", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void evidence_finds_its_client(void **state)
{
	struct rig *r = *state;
	int a = client(r, "{\"op\":\"attest\"}\n");
	uint32_t id_a = r->id;
	int b = client(r, "{\"op\":\"attest\"}\n");
	uint32_t id_b = r->id;

	assert_int_not_equal(id_a, id_b);
	ctl_evidence(r->ctl, 0, false, bytes_text("x"));	/* nobody's */
	ctl_evidence(r->ctl, id_b + 1, false, bytes_text("x")); /* nobody's yet */
	turn(r);
	assert_string_equal(heard(a), "");
	ctl_evidence(r->ctl, id_b, false, bytes_text("doc"));
	ctl_evidence(r->ctl, id_a, true, bytes_text("n\xff\n"));
	ctl_evidence(r->ctl, id_a, false, bytes_text("again"));
	turn(r);
	assert_string_equal(heard(b), "{\"ok\":true,\"document\":\"ZG9j\"}\n");
	assert_string_equal(heard(a), "{\"ok\":false,\"error\":\"n??\"}\n");
	close(a), close(b);
	turn(r);
	/* One that left before its answer. */
	int c = client(r, "{\"op\":\"attest\"}\n");
	close(c);
	turn(r);
	ctl_evidence(r->ctl, r->id, false, bytes_text("late"));
	assert_int_equal(ctl_clients(r->ctl), 0);
}

static void a_pause_answers_who_asked_for_it(void **state)
{
	struct rig *r = *state;
	const char *ok = "{\"ok\":true,\"record\":{\"state\":\"running\"}}\n";
	const char *no = "{\"ok\":false,\"error\":\"somebody else asked for the opposite\"}\n";
	int status = client(r, "{\"op\":\"attest\"}\n");

	for (int is_paused = 0; is_paused <= 1; is_paused++) {
		int pause = client(r, "{\"op\":\"pause\"}\n"), resume = client(r, "{\"op\":\"resume\"}\n");
		assert_string_equal(heard(pause), "");
		ctl_paused(r->ctl, is_paused);
		ctl_paused(r->ctl, is_paused); /* answers nobody twice */
		turn(r);
		assert_string_equal(heard(pause), is_paused ? ok : no);
		assert_string_equal(heard(resume), is_paused ? no : ok);
		close(pause), close(resume);
		turn(r);
	}
	assert_string_equal(heard(status), "");
	close(status);
	int late = client(r, "{\"op\":\"pause\"}\n");
	ctl_ended(r->ctl);
	turn(r);
	assert_string_equal(heard(late), "{\"ok\":false,\"error\":\"the enclave ended\"}\n");
	close(late);
}

static void the_end_answers_all(void **state)
{
	struct rig *r = *state;
	int stop = client(r, "{\"op\":\"stop\"}\n");
	int attest = client(r, "{\"op\":\"attest\"}\n");

	assert_string_equal(heard(stop), "");
	ctl_ended(r->ctl);
	turn(r);
	assert_string_equal(heard(stop), "{\"ok\":true,\"record\":{\"state\":\"running\"}}\n");
	assert_string_equal(heard(attest), "{\"ok\":false,\"error\":\"the enclave ended\"}\n");
	assert_int_equal(ctl_clients(r->ctl), 0);
	close(stop), close(attest);
}

static void clients_are_bounded(void **state)
{
	struct rig *r = *state;
	int fds[CTL_CLIENTS_MAX + 1];

	for (size_t i = 0; i < N_OF(fds); i++)
		fds[i] = client(r, "{");
	assert_int_equal(ctl_clients(r->ctl), CTL_CLIENTS_MAX);
	assert_string_equal(heard(fds[CTL_CLIENTS_MAX]), "closed");
	for (size_t i = 0; i < N_OF(fds); i++)
		close(fds[i]);
	turn(r), turn(r), turn(r), turn(r);
	assert_int_equal(ctl_clients(r->ctl), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(refused),
		cmocka_unit_test(longest_nonce),
		cmocka_unit_test_setup_teardown(answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(evidence_finds_its_client, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_pause_answers_who_asked_for_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_end_answers_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(clients_are_bounded, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
