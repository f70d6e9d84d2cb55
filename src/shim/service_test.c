/* SPDX-License-Identifier: Apache-2.0 */
/* service_test.c - heartbeat and NSM over real sockets, with a real emulator behind them. */

#include "shim/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/test.h"
#include "enclave/emulator.h"
#include "sys/clock.h"
#include "sys/io.h"

struct rig {
	char dir_name[64];
	struct loop *loop;
	struct emulator emulator;
	struct nsm nsm;
	struct services services;
	unsigned beats, troubles;
};

static void beat(void *owner)
{
	((struct rig *)owner)->beats++;
}

static void trouble(void *owner, const char *what)
{
	(void)what;
	((struct rig *)owner)->troubles++;
}

static int set_up(void **state)
{
	static struct rig r;
	static const struct measurements image = { .pcr0 = { 1 }, .pcr1 = { 2 }, .pcr2 = { 3 } };
	struct cloister_fault why = { 0 };

	r = (struct rig){ .emulator = EMULATOR_INIT };
	snprintf(r.dir_name, sizeof r.dir_name, "/tmp/cloister-service-XXXXXX");
	if (!mkdtemp(r.dir_name))
		return -1;
	own(drop_fd) int dir = open(r.dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t now_s = clock_unix_ms() / 1000;
	WANT_OK(emulator_open(dir, now_s, &r.emulator, &why), &why);
	WANT_OK(emulator_start(&r.emulator, now_s, &why), &why);
	WANT_OK(nsm_init(r.emulator.module_id, &image, false, emulator_nsm_host(&r.emulator), &r.nsm, &why),
		&why);
	WANT_OK(loop_new(&r.loop, &why), &why);
	r.services = (struct services){ .loop = r.loop, .nsm = &r.nsm, .owner = &r, .beat = beat,
					.trouble = trouble };
	*state = &r;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *r = *state;
	char command[128];

	services_end(&r->services);
	assert_int_equal(r->services.n, 0);
	loop_free(r->loop);
	emulator_close(&r->emulator);
	snprintf(command, sizeof command, "rm -rf %s", r->dir_name);
	return system(command);
}

static void turn(struct rig *r)
{
	for (int i = 0; i < 8; i++)
		assert_int_equal(loop_turn(r->loop, 0, NULL), CLOISTER_OK);
}

static int client(struct rig *r, void (*serve)(struct services *, int))
{
	int ends[2];

	assert_int_equal(io_pair(SOCK_STREAM, ends, NULL), CLOISTER_OK);
	serve(&r->services, ends[1]);
	return ends[0];
}

/* Bytes that came; 0 for a closed connection, -1 for silence. */
static ssize_t heard(int fd, void *room, size_t len)
{
	ssize_t n = recv(fd, room, len, MSG_DONTWAIT);

	return n < 0 && errno == ECONNRESET ? 0 : n;
}

static void heartbeats(void **state)
{
	struct rig *r = *state;
	static const struct {
		const char *say;
		ssize_t want;
		unsigned beats;
	} rows[] = { { "\xb7", 1, 1 }, { "\xb6", 0, 0 }, { "\xb7\xb7", 0, 0 }, { "", -1, 0 } };

	for (size_t i = 0; i < N_OF(rows); i++) {
		uint8_t got[4] = { 0 };
		int fd = client(r, services_beat);
		r->beats = 0;
		assert_int_equal(io_send_full(fd, rows[i].say, strlen(rows[i].say), NULL), CLOISTER_OK);
		turn(r);
		assert_int_equal(heard(fd, got, sizeof got), rows[i].want);
		if (rows[i].want == 1) {
			assert_int_equal(got[0], 0xb7);
			assert_int_equal(heard(fd, got, sizeof got), 0);
		}
		assert_int_equal(r->beats, rows[i].beats);
		close(fd);
		turn(r);
		assert_int_equal(r->services.n, 0);
	}
}

/* "DescribeNSM", framed. */
static const uint8_t describe[] = { 0, 0, 0, 12, 0x6b, 'D', 'e', 's', 'c', 'r', 'i', 'b', 'e', 'N', 'S', 'M' };

static size_t frame(const uint8_t *got, ssize_t n)
{
	assert_true(n > 4);
	return (size_t)got[0] << 24 | (size_t)got[1] << 16 | (size_t)got[2] << 8 | got[3];
}

static void asked_and_answered(void **state)
{
	struct rig *r = *state;
	static uint8_t got[2 * LIMIT_NSM_RESPONSE];
	int fd = client(r, services_nsm);

	/* Whole; in pieces; two at once; all on one connection. */
	assert_int_equal(io_send_full(fd, describe, sizeof describe, NULL), CLOISTER_OK);
	turn(r);
	ssize_t n = heard(fd, got, sizeof got);
	size_t len = frame(got, n);
	assert_int_equal(n, 4 + len);
	assert_non_null(memmem(got, (size_t)n, r->nsm.module_id, strlen(r->nsm.module_id)));
	for (size_t i = 0; i < sizeof describe; i++) {
		assert_int_equal(heard(fd, got, sizeof got), -1);
		assert_int_equal(io_send_full(fd, describe + i, 1, NULL), CLOISTER_OK);
		turn(r);
	}
	assert_int_equal(heard(fd, got, sizeof got), 4 + len);
	assert_int_equal(io_send_full(fd, describe, sizeof describe, NULL), CLOISTER_OK);
	assert_int_equal(io_send_full(fd, describe, sizeof describe, NULL), CLOISTER_OK);
	turn(r);
	assert_int_equal(heard(fd, got, sizeof got), 2 * (4 + len));
	assert_int_equal(r->troubles, 0);
	close(fd);
	turn(r);
	assert_int_equal(r->services.n, 0);
}

static void nonsense_gets_an_error_and_a_flood_the_door(void **state)
{
	struct rig *r = *state;
	static const uint8_t nonsense[] = { 0, 0, 0, 1, 0xff }, nothing[] = { 0, 0, 0, 0 };
	static const uint8_t flood[] = { 0, 0, 0x10, 1 }; /* one more than a request may have */
	uint8_t got[256];
	int fd = client(r, services_nsm);

	assert_int_equal(io_send_full(fd, nonsense, sizeof nonsense, NULL), CLOISTER_OK);
	turn(r);
	ssize_t n = heard(fd, got, sizeof got);
	assert_true(n > 4 && memmem(got, (size_t)n, "Error", 5));
	assert_int_equal(io_send_full(fd, nothing, sizeof nothing, NULL), CLOISTER_OK);
	turn(r);
	n = heard(fd, got, sizeof got);
	assert_true(n > 4 && memmem(got, (size_t)n, "Error", 5));
	assert_int_equal(io_send_full(fd, flood, sizeof flood, NULL), CLOISTER_OK);
	turn(r);
	assert_int_equal(heard(fd, got, sizeof got), 0);
	close(fd);
}

/* A client that never reads its answers is dropped, and the others do not notice. */
static void a_deaf_client(void **state)
{
	struct rig *r = *state;
	uint8_t got[2048];
	int deaf = client(r, services_nsm), other = client(r, services_nsm);
	int tries = 0;

	while (r->services.n == 2 && tries++ < 100000) {
		(void)!send(deaf, describe, sizeof describe, MSG_DONTWAIT | MSG_NOSIGNAL);
		assert_int_equal(loop_turn(r->loop, 0, NULL), CLOISTER_OK);
	}
	assert_int_equal(r->services.n, 1);
	assert_int_equal(io_send_full(other, describe, sizeof describe, NULL), CLOISTER_OK);
	turn(r);
	assert_true(heard(other, got, sizeof got) > 4);
	close(deaf), close(other);
	turn(r);
}

static void clients_are_bounded(void **state)
{
	struct rig *r = *state;
	int fds[SERVICE_MAX + 1];
	uint8_t byte;

	for (size_t i = 0; i < N_OF(fds); i++)
		fds[i] = client(r, i % 2 ? services_nsm : services_beat);
	assert_int_equal(r->services.n, SERVICE_MAX);
	assert_int_equal(heard(fds[SERVICE_MAX], &byte, 1), 0);
	for (size_t i = 0; i < N_OF(fds); i++)
		close(fds[i]);
	for (int i = 0; i < 16; i++)
		turn(r);
	assert_int_equal(r->services.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heartbeats),	 cmocka_unit_test(asked_and_answered),
		cmocka_unit_test(a_deaf_client), cmocka_unit_test(nonsense_gets_an_error_and_a_flood_the_door),
		cmocka_unit_test(clients_are_bounded),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
