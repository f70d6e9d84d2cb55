/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_test.c - what a guest may say and when, over a real socket. A row is
 * a run of frames and the trace of calls that comes out of it.
 */

#include "shim/control.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/test.h"
#include "sys/io.h"

struct rig {
	struct loop *loop;
	struct control control;
	int guest;
	char trace[2048];
};

static void trace(struct rig *r, const char *fmt, ...) PRINTF(2, 3);
static void trace(struct rig *r, const char *fmt, ...)
{
	size_t at = strlen(r->trace);
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->trace + at, sizeof r->trace - at, fmt, args);
	va_end(args);
}

static void hello(void *owner)
{
	trace(owner, "hello;");
}
static void started(void *owner)
{
	trace(owner, "started;");
}
static void output(void *owner, unsigned stream, struct bytes text)
{
	trace(owner, "%u=%.*s;", stream, (int)text.len, (const char *)text.data);
}
static void exited(void *owner, bool by_signal, unsigned value)
{
	trace(owner, "exited %d %u;", by_signal, value);
}
static void evidence(void *owner, uint32_t id, bool refused, struct bytes document)
{
	trace(owner, "evidence %u %d %.*s;", id, refused, (int)document.len, (const char *)document.data);
}
static void broken(void *owner, const char *reason)
{
	trace(owner, "broken: %s", reason);
}

static void hung_up(void *owner)
{
	trace(owner, "hung up");
}

static void open_rig(struct rig *r)
{
	int ends[2];

	*r = (struct rig){ .control = CONTROL_INIT, .guest = -1 };
	assert_int_equal(loop_new(&r->loop, NULL), CLOISTER_OK);
	assert_int_equal(io_pair(SOCK_STREAM, ends, NULL), CLOISTER_OK);
	r->guest = ends[0];
	r->control.events = (struct control_events){ r, hello, started, output, exited, evidence, broken, hung_up };
	control_arrived(&r->control, r->loop, ends[1]);
}

static void close_rig(struct rig *r)
{
	control_close(&r->control);
	drop_fd(&r->guest);
	loop_free(r->loop);
}

static void turn(struct rig *r)
{
	for (int i = 0; i < 8; i++)
		assert_int_equal(loop_turn(r->loop, 0, NULL), CLOISTER_OK);
}

/* Frames in hex: length, type, body. */
#define HELLO "00000001" "01" "01"
#define STARTED "00000000" "02"
#define LOG_A "00000002" "03" "01" "61"
#define LOG_ERR_B "00000002" "03" "02" "62"
#define EXIT_7 "00000002" "04" "00" "07"
#define KILLED_9 "00000002" "04" "01" "09"
#define FAULT_X "00000003" "05" "780a79"
#define EVIDENCE "00000006" "06" "00000001" "01" "64"
#define EVIDENCE_NO "00000006" "06" "00000002" "00" "6e"

static const struct row {
	const char *what, *frames, *want;
} rows[] = {
	{ "a life", HELLO STARTED LOG_A LOG_ERR_B EVIDENCE EVIDENCE_NO EXIT_7,
	  "hello;started;1=a;2=b;evidence 1 0 d;evidence 2 1 n;exited 0 7;" },
	{ "a signal", HELLO STARTED KILLED_9, "hello;started;exited 1 9;" },
	{ "an exec that fails", HELLO EXIT_7, "hello;exited 0 7;" },
	{ "evidence after the end", HELLO STARTED EXIT_7 EVIDENCE, "hello;started;exited 0 7;evidence 1 0 d;" },
	{ "a fault before hello", FAULT_X, "broken: the enclave gave up: x?y" },
	{ "a fault later", HELLO STARTED FAULT_X, "hello;started;broken: the enclave gave up: x?y" },
	{ "nothing follows a fault", FAULT_X HELLO, "broken: the enclave gave up: x?y" },
	{ "another version", "00000001" "01" "02",
	  "broken: the agent speaks version 2 of the protocol, this is 1" },
	{ "no hello", STARTED, "broken: the agent sent message 2 out of turn" },
	{ "hello twice", HELLO HELLO, "hello;broken: the agent sent message 1 out of turn" },
	{ "started twice", HELLO STARTED STARTED, "hello;started;broken: the agent sent message 2 out of turn" },
	{ "output before hello", LOG_A, "broken: the agent sent message 3 out of turn" },
	{ "output after the end", HELLO STARTED EXIT_7 LOG_A,
	  "hello;started;exited 0 7;broken: the agent sent message 3 out of turn" },
	{ "ended twice", HELLO STARTED EXIT_7 EXIT_7,
	  "hello;started;exited 0 7;broken: the agent sent message 4 out of turn" },
	{ "a third stream", HELLO STARTED "00000002" "03" "03" "61",
	  "hello;started;broken: the agent sent output of a stream that does not exist" },
	{ "a third kind of end", HELLO STARTED "00000002" "04" "02" "00",
	  "hello;started;broken: the agent told an end that cannot be" },
	{ "signal 0", HELLO STARTED "00000002" "04" "01" "00",
	  "hello;started;broken: the agent told an end that cannot be" },
	{ "signal 65", HELLO STARTED "00000002" "04" "01" "41",
	  "hello;started;broken: the agent told an end that cannot be" },
	{ "evidence of a third kind", HELLO STARTED "00000006" "06" "00000001" "02" "64",
	  "hello;started;broken: the agent's answer with evidence is malformed" },
	{ "the host's message", HELLO "00000004" "11" "00000000",
	  "hello;broken: the agent broke the protocol: wire.type: message type 17 from the wrong side" },
	{ "an unknown message", "00000000" "63",
	  "broken: the agent broke the protocol: wire.type: message type 99 is unknown" },
	{ "an announced flood", HELLO STARTED "ffffffff" "03",
	  "hello;started;broken: the agent broke the protocol: wire.length: message type 3 with 4294967295 "
	  "bytes, allowed are 1 to 32769" },
	{ "an empty hello", "00000000" "01",
	  "broken: the agent broke the protocol: wire.length: message type 1 with 0 bytes, allowed are 1 to 1" },
};

static void whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct rig r;
		size_t len;
		own(drop_mem) uint8_t *frames = test_hex(rows[i].frames, &len);

		open_rig(&r);
		assert_int_equal(io_send_full(r.guest, frames, len, NULL), CLOISTER_OK);
		turn(&r);
		assert_string_equal(r.trace, rows[i].want);
		close_rig(&r);
	}
}

/* The same, a byte at a time. */
static void in_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct rig r;
		size_t len;
		own(drop_mem) uint8_t *frames = test_hex(rows[i].frames, &len);

		open_rig(&r);
		for (size_t at = 0; at < len && r.control.stream.fd >= 0; at++) {
			assert_int_equal(io_send_full(r.guest, frames + at, 1, NULL), CLOISTER_OK);
			turn(&r);
		}
		assert_string_equal(r.trace, rows[i].want);
		close_rig(&r);
	}
}

static void hanging_up(void **state)
{
	(void)state;
	static const struct {
		const char *frames, *want;
	} ends[] = {
		{ "", "hung up" },
		{ HELLO STARTED, "hello;started;hung up" },
		{ HELLO STARTED "0000", "hello;started;hung up" },
		{ HELLO STARTED EXIT_7, "hello;started;exited 0 7;" },
	};

	for (size_t i = 0; i < N_OF(ends); i++) {
		struct rig r;
		size_t len;
		own(drop_mem) uint8_t *frames = test_hex(ends[i].frames, &len);

		open_rig(&r);
		assert_int_equal(io_send_full(r.guest, frames, len, NULL), CLOISTER_OK);
		drop_fd(&r.guest);
		turn(&r);
		assert_string_equal(r.trace, ends[i].want);
		close_rig(&r);
	}
}

static void one_connection_only(void **state)
{
	(void)state;
	struct rig r;
	int second[2];
	char byte;

	open_rig(&r);
	assert_int_equal(io_pair(SOCK_STREAM, second, NULL), CLOISTER_OK);
	control_arrived(&r.control, r.loop, second[1]);
	assert_int_equal(read(second[0], &byte, 1), 0); /* closed */
	close(second[0]);
	assert_int_equal(r.control.state, CONTROL_GREETING);
	assert_string_equal(r.trace, "");
	close_rig(&r);
}

static void paused(void **state)
{
	(void)state;
	struct rig r;
	size_t len;
	own(drop_mem) uint8_t *frames = test_hex(HELLO STARTED LOG_A, &len);

	open_rig(&r);
	control_pause(&r.control, true);
	assert_int_equal(io_send_full(r.guest, frames, len, NULL), CLOISTER_OK);
	turn(&r);
	assert_string_equal(r.trace, "");
	control_pause(&r.control, false);
	turn(&r);
	assert_string_equal(r.trace, "hello;started;1=a;");
	close_rig(&r);
}

static void sending(void **state)
{
	(void)state;
	static const uint8_t grace[4] = { 0, 0, 0x27, 0x10 };
	uint8_t got[64];
	struct control idle = CONTROL_INIT;
	struct rig r;
	size_t n = 0;

	assert_false(control_send(&idle, WIRE_BYE, BYTES_NONE));
	open_rig(&r);
	assert_false(control_send(&r.control, WIRE_STOP, BYTES_NONE)); /* too short a body */
	assert_false(control_send(&r.control, WIRE_HELLO, bytes_of("\1", 1))); /* the guest's */
	assert_true(control_send(&r.control, WIRE_STOP, BYTES_OF(grace)));
	turn(&r);
	assert_int_equal(read(r.guest, got, sizeof got), 9);
	assert_memory_equal(got, "\0\0\0\4\x11\0\0\x27\x10", 9);
	/* A guest that does not read fills its socket and then the bound, and that is all. */
	while (control_send(&r.control, WIRE_STOP, BYTES_OF(grace)))
		assert_true(++n < 1000000);
	assert_true(r.control.stream.out.len <= 64u << 10);
	close_rig(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),      cmocka_unit_test(in_pieces),
		cmocka_unit_test(hanging_up), cmocka_unit_test(one_connection_only),
		cmocka_unit_test(paused),     cmocka_unit_test(sending),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
