/* SPDX-License-Identifier: Apache-2.0 */
/* cuse_test.c - the three rounds of an ioctl, and what a client can send that is none of them. */

#include "base/test.h"

#include <errno.h>
#include <linux/fuse.h>

#include "base/limits.h"
#include "base/wr.h"
#include "guest/cuse.h"

struct message {
	uint8_t room[8192];
	size_t len;
};

struct ioctl {
	uint32_t cmd, in_size, out_size;
	uint64_t request_len, response_len;
	size_t n_data; /* bytes behind the struct fuse_ioctl_in */
};

#define RAW_CMD 0xC0200A00u

static struct message build(struct ioctl i)
{
	static const uint8_t fill[8192] = { 0x55 };
	struct message m = { 0 };
	struct wr w = wr_open(m.room, sizeof m.room);
	uint8_t raw[CUSE_RAW_LEN];
	struct wr s = wr_open(raw, sizeof raw);

	wr_le64(&s, 0x1000);
	wr_le64(&s, i.request_len);
	wr_le64(&s, 0x2000);
	wr_le64(&s, i.response_len);
	wr_le32(&w, (uint32_t)(sizeof(struct fuse_in_header) + sizeof(struct fuse_ioctl_in) + i.n_data));
	wr_le32(&w, FUSE_IOCTL);
	wr_le64(&w, 99);
	wr_zero(&w, sizeof(struct fuse_in_header) - 16);
	wr_le64(&w, 1);
	wr_le32(&w, FUSE_IOCTL_UNRESTRICTED);
	wr_le32(&w, i.cmd);
	wr_le64(&w, 0x7000);
	wr_le32(&w, i.in_size);
	wr_le32(&w, i.out_size);
	size_t n_raw = i.n_data < sizeof raw ? i.n_data : sizeof raw;
	wr_put(&w, bytes_of(raw, n_raw));
	wr_put(&w, bytes_of(fill, i.n_data - n_raw));
	assert_false(w.full);
	m.len = w.len;
	return m;
}

static const struct {
	struct ioctl in;
	enum cuse_step step;
	int error;
	uint64_t room;
} rows[] = {
	{ { RAW_CMD, 0, 0, 0, 0, 0 }, CUSE_WANT_RAW, 0, 0 },
	{ { 0xA01, 0, 0, 0, 0, 0 }, CUSE_REFUSE, EINVAL, 0 },
	{ { RAW_CMD, 32, 0, 10, 0x3000, 32 }, CUSE_WANT_BUFFERS, 0, 0x3000 },
	{ { RAW_CMD, 32, 0, 10, UINT64_MAX, 32 }, CUSE_WANT_BUFFERS, 0, 0x3000 },
	{ { RAW_CMD, 32, 0, 10, 5, 32 }, CUSE_WANT_BUFFERS, 0, 5 },
	{ { RAW_CMD, 32, 0, 0x1000, 5, 32 }, CUSE_WANT_BUFFERS, 0, 5 },
	{ { RAW_CMD, 32, 0, 0x1001, 5, 32 }, CUSE_REFUSE, EMSGSIZE, 5 },
	{ { RAW_CMD, 32, 0, UINT64_MAX, 5, 32 }, CUSE_REFUSE, EMSGSIZE, 5 },
	{ { RAW_CMD, 31, 0, 10, 5, 31 }, CUSE_REFUSE, EINVAL, 0 },
	{ { RAW_CMD, 33, 0, 10, 5, 33 }, CUSE_REFUSE, EINVAL, 5 },
	{ { RAW_CMD, 32, 0, 10, 5, 31 }, CUSE_REFUSE, EINVAL, 0 }, /* in_size lies */
	{ { RAW_CMD, 42, 32 + 0x3000, 10, 0x3000, 42 }, CUSE_SUBMIT, 0, 0x3000 },
	/* the client grew its room, or its request, after the ranges were set */
	{ { RAW_CMD, 42, 32 + 16, 10, 0x3000, 42 }, CUSE_SUBMIT, 0, 16 },
	{ { RAW_CMD, 42, 32, 10, 0, 42 }, CUSE_SUBMIT, 0, 0 },
	{ { RAW_CMD, 42, 32 + 16, 11, 16, 42 }, CUSE_REFUSE, EINVAL, 16 },
	{ { RAW_CMD, 42, 32 + 16, UINT64_MAX, 16, 42 }, CUSE_REFUSE, EINVAL, 16 },
	{ { RAW_CMD, 32, 32 + 16, 0, 16, 32 }, CUSE_REFUSE, EINVAL, 16 },
	{ { RAW_CMD, 42, 31, 10, 16, 42 }, CUSE_REFUSE, EINVAL, 16 },
	{ { RAW_CMD, 32 + 0x1001, 32 + 16, 0x1001, 16, 32 + 0x1001 }, CUSE_REFUSE, EINVAL, 16 },
};

static void ioctls(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct message m = build(rows[i].in);
		struct cloister_fault why = { 0 };
		struct cuse_call c;
		WANT_OK(cuse_read(bytes_of(m.room, m.len), &c, &why), &why);
		assert_int_equal(c.kind, CUSE_IOCTL);
		assert_int_equal(c.unique, 99);
		if (c.step != rows[i].step || c.error != rows[i].error)
			fail_msg("row %zu: step %d, error %d", i, (int)c.step, c.error);
		if (c.step == CUSE_WANT_BUFFERS || c.step == CUSE_SUBMIT)
			assert_int_equal(c.room, rows[i].room);
		if (c.step == CUSE_SUBMIT)
			assert_int_equal(c.request.len, rows[i].in.request_len);
	}
}

/* Whatever is cut off, the length in front no longer holds and nothing is answered. */
static void every_prefix(void **state)
{
	struct message m = build((struct ioctl){ RAW_CMD, 42, 32 + 16, 10, 16, 42 });
	struct cloister_fault why;
	struct cuse_call c;
	(void)state;

	for (size_t cut = 0; cut < m.len; cut++)
		assert_int_equal(cuse_read(bytes_of(m.room, cut), &c, &why), CLOISTER_E_MALFORMED);
}

static void other_operations(void **state)
{
	static const struct {
		uint32_t opcode;
		enum cuse_kind kind;
	} ops[] = {
		{ CUSE_INIT, CUSE_HELLO },	  { FUSE_OPEN, CUSE_OPENED },
		{ FUSE_RELEASE, CUSE_CLOSED },	  { FUSE_FLUSH, CUSE_CLOSED },
		{ FUSE_INTERRUPT, CUSE_UNANSWERED }, { FUSE_READ, CUSE_UNKNOWN },
		{ FUSE_WRITE, CUSE_UNKNOWN },	  { 0, CUSE_UNKNOWN },
	};
	struct cloister_fault why = { 0 };
	(void)state;

	for (size_t i = 0; i < N_OF(ops); i++) {
		uint8_t room[sizeof(struct fuse_in_header)];
		struct wr w = wr_open(room, sizeof room);
		struct cuse_call c;
		wr_le32(&w, sizeof room);
		wr_le32(&w, ops[i].opcode);
		wr_le64(&w, i);
		wr_zero(&w, sizeof room - 16);
		WANT_OK(cuse_read(BYTES_OF(room), &c, &why), &why);
		assert_int_equal(c.kind, ops[i].kind);
		assert_int_equal(c.unique, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ioctls),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(other_operations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
