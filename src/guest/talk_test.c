/* SPDX-License-Identifier: Apache-2.0 */
/* talk_test.c - messages between init and agent: over a real pair, and the ones that are refused. */

#include "base/test.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest/talk.h"
#include "sys/io.h"

static void there_and_back(void **state)
{
	static const struct talk from_agent[] = {
		{ .type = TALK_READY }, { .type = TALK_DONE },
		{ .type = TALK_STOP, .grace_ms = 0x01020304 }, { .type = TALK_SIGNAL, .signal = 64 },
	};
	struct cloister_fault why = { 0 };
	uint8_t room[TALK_MAX];
	int ends[2];
	(void)state;

	WANT_OK(io_pair(SOCK_SEQPACKET, ends, &why), &why);
	for (size_t i = 0; i < N_OF(from_agent); i++) {
		struct talk t;
		int fd = 0;
		WANT_OK(talk_send(ends[0], &from_agent[i], -1, &why), &why);
		WANT_OK(talk_receive(ends[1], TALK_AGENT, room, &t, &fd, &why), &why);
		assert_int_equal(t.type, from_agent[i].type);
		assert_int_equal(t.grace_ms, from_agent[i].grace_ms);
		assert_int_equal(t.signal, from_agent[i].signal);
		assert_int_equal(fd, -1);
	}
	close(ends[0]);
	close(ends[1]);
}

static void long_sentences_are_cut(void **state)
{
	static char text[2000];
	struct cloister_fault why = { 0 };
	uint8_t room[TALK_MAX];
	struct talk t;
	int ends[2], fd;
	(void)state;

	memset(text, 'x', sizeof text);
	WANT_OK(io_pair(SOCK_SEQPACKET, ends, &why), &why);
	const struct talk exited = { .type = TALK_EXITED, .kind = 1, .value = 9, .text = BYTES_OF(text) };
	const struct talk fault = { .type = TALK_FAULT, .text = BYTES_OF(text) };
	WANT_OK(talk_send(ends[0], &exited, -1, &why), &why);
	WANT_OK(talk_send(ends[0], &fault, -1, &why), &why);
	WANT_OK(talk_receive(ends[1], TALK_INIT, room, &t, &fd, &why), &why);
	assert_int_equal(t.kind, 1);
	assert_int_equal(t.value, 9);
	assert_int_equal(t.text.len, TALK_TEXT_MAX);
	WANT_OK(talk_receive(ends[1], TALK_INIT, room, &t, &fd, &why), &why);
	assert_int_equal(t.text.len, TALK_TEXT_MAX);
	close(ends[0]);
	assert_int_equal(talk_receive(ends[1], TALK_INIT, room, &t, &fd, &why), CLOISTER_E_PEER);
	close(ends[1]);
}

/* A stream comes with its descriptor and nothing else does. */
static void descriptors(void **state)
{
	struct cloister_fault why = { 0 };
	uint8_t room[TALK_MAX];
	struct talk t;
	int ends[2], fd = -1;
	(void)state;

	WANT_OK(io_pair(SOCK_SEQPACKET, ends, &why), &why);
	WANT_OK(talk_send(ends[0], &(struct talk){ .type = TALK_STDOUT }, ends[0], &why), &why);
	WANT_OK(talk_receive(ends[1], TALK_INIT, room, &t, &fd, &why), &why);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	WANT_OK(talk_send(ends[0], &(struct talk){ .type = TALK_STDERR }, -1, &why), &why);
	assert_int_equal(talk_receive(ends[1], TALK_INIT, room, &t, &fd, &why), CLOISTER_E_PEER);
	WANT_OK(talk_send(ends[0], &(struct talk){ .type = TALK_RUNNING }, ends[1], &why), &why);
	assert_int_equal(talk_receive(ends[1], TALK_INIT, room, &t, &fd, &why), CLOISTER_E_PEER);
	close(ends[0]);
	close(ends[1]);
}

static const struct {
	const char *hex;
	enum talk_from from;
	const char *what;
	size_t at;
} bad[] = {
	{ "", TALK_AGENT, "type", 0 },
	{ "00", TALK_AGENT, "type", 0 },
	{ "57", TALK_AGENT, "type", 0 },               /* init's word from the agent */
	{ "52", TALK_INIT, "type", 0 },                /* and the other way round */
	{ "5200", TALK_AGENT, "length", 0 },           /* READY with a body */
	{ "53000000", TALK_AGENT, "length", 0 },       /* STOP too short */
	{ "530000000000", TALK_AGENT, "length", 0 },   /* too long */
	{ "4b00", TALK_AGENT, "signal", 1 },
	{ "4b41", TALK_AGENT, "signal", 1 },
	{ "5802ff", TALK_INIT, "kind", 1 },
	{ "58", TALK_INIT, "length", 0 },
	{ "46", TALK_INIT, "length", 0 },
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct cloister_fault why = { 0 };
		struct talk t;
		size_t len;
		uint8_t *m = test_hex(bad[i].hex, &len);
		assert_int_equal(talk_read(bytes_of(m, len), bad[i].from, &t, &why),
				 CLOISTER_E_MALFORMED);
		if (strcmp(why.what, bad[i].what) != 0 || why.at != bad[i].at)
			fail_msg("row %zu: %s at %zu", i, why.what, why.at);
		free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back), cmocka_unit_test(long_sentences_are_cut),
		cmocka_unit_test(descriptors),	  cmocka_unit_test(refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
