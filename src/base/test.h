/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_TEST_H
#define BASE_TEST_H

/*
 * test.h - what our cmocka tests share: includes in the order cmocka wants,
 * hex for vectors, and the exact fault that a refusal must give.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* cmocka's fail() would hide ours. */
#undef fail
#undef fail_msg
#define fail_msg(...)                              \
	do {                                       \
		print_error(__VA_ARGS__);          \
		print_error("\n");                 \
		_fail(__FILE__, __LINE__);         \
	} while (0)

#include "base/fault.h"
#include "base/hex.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

#define WANT_OK(call, why)                                                            \
	do {                                                                          \
		enum cloister_err want_err_ = (call);                                 \
		if (want_err_ != CLOISTER_OK) {                                       \
			char want_text_[512];                                         \
			fail_msg("%s: %s", #call,                                     \
				 cloister_fault_text((why), want_text_, sizeof want_text_)); \
		}                                                                     \
	} while (0)

/* Bytes of a hex literal, owned by the caller. */
static inline uint8_t *test_hex(const char *hex, size_t *len)
{
	struct cloister_fault why = { 0 };
	size_t room = strlen(hex) / 2 + 1;
	uint8_t *out = malloc(room);

	assert_non_null(out);
	WANT_OK(hex_read(bytes_text(hex), out, room, len, &why), &why);
	return out;
}

#endif
