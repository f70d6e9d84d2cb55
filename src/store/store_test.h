/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STORE_TEST_H
#define STORE_STORE_TEST_H

/*
 * store_test.h - what the tests of this folder share: a folder that goes away,
 * an account with an enclave, visitors that count and remember.
 */

#include "base/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/account.h"
#include "store/enclave.h"
#include "store/sql.h"
#include "store/store.h"

#define NOW 1764000000000u

/* One per test program: tests run one after the other. */
static char test_dir[64], test_store_dir[96];

__attribute__((unused)) static int folder_make(void **state)
{
	(void)state;
	snprintf(test_dir, sizeof test_dir, "/tmp/store_test.XXXXXX");
	if (!mkdtemp(test_dir))
		return -1;
	snprintf(test_store_dir, sizeof test_store_dir, "%s/store", test_dir);
	return 0;
}

static void folder_empty(const char *path)
{
	DIR *d = opendir(path);
	char name[512];

	for (struct dirent *e; d && (e = readdir(d));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof name, "%s/%s", path, e->d_name);
		if (unlink(name) < 0) {
			folder_empty(name);
			rmdir(name);
		}
	}
	if (d)
		closedir(d);
}

__attribute__((unused)) static int folder_drop(void **state)
{
	(void)state;
	folder_empty(test_dir);
	return rmdir(test_dir);
}

/* A test in a folder of its own. */
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_drop)

__attribute__((unused)) static const char *in_folder(const char *name)
{
	static char path[16][256];
	static unsigned turn;
	char *out = path[turn++ % 16];

	snprintf(out, sizeof path[0], "%s/%s", test_dir, name);
	return out;
}

__attribute__((unused)) static struct store *test_open(void)
{
	struct store_spec spec = { test_store_dir, STORE_PRODUCTION, true };
	struct cloister_fault why = { 0 };
	struct store *s = NULL;

	WANT_OK(store_open(&spec, &s, &why), &why);
	return s;
}

__attribute__((unused)) static int64_t test_account(struct store *s, const char *name)
{
	struct cloister_fault why = { 0 };
	int64_t account = 0;

	WANT_OK(store_account_add(s, bytes_text(name), NOW, &account, &why), &why);
	return account;
}

__attribute__((unused)) static struct store_enclave test_enclave_of(int64_t account)
{
	return (struct store_enclave){
		.account = account,
		.wallet = bytes_text("0xWallet"),
		.name = bytes_text("näme"),
		.description = bytes_text("what it is for"),
		.region = bytes_text("us-west-2"),
		.provider_id = bytes_text("aws-nitro"),
		.provider_config = bytes_text("{\"dockerImage\":\"hello-world\"}"),
		.source_type = bytes_text("registry"),
		.status = STORE_PENDING_DEPLOY,
	};
}

/* `id` has STORE_ID_ROOM bytes. */
__attribute__((unused)) static void test_enclave(struct store *s, int64_t account, char *id)
{
	struct store_enclave e = test_enclave_of(account);
	struct cloister_fault why = { 0 };

	WANT_OK(store_enclave_add(s, &e, NOW, id, &why), &why);
}

__attribute__((unused)) static void test_move(struct store *s, int64_t account, const char *id,
					      enum store_status to)
{
	struct store_move m = { .to = to, .error_message = bytes_text("it broke") };
	struct cloister_fault why = { 0 };

	WANT_OK(store_enclave_move(s, account, id, &m, NOW, &why), &why);
}

/* What a list told: how many, in which order. */
struct seen {
	size_t n;
	int64_t seq[2000];
};

__attribute__((unused)) static enum cloister_err see(struct seen *seen, int64_t seq)
{
	assert_true(seen->n < N_OF(seen->seq));
	seen->seq[seen->n++] = seq;
	return CLOISTER_OK;
}

/* The refusal that a row of a test expects, by code and a part of its sentence. */
#define WANT_REFUSED(call, code, part, why)                                                   \
	do {                                                                                  \
		enum cloister_err want_err_ = (call);                                         \
		char want_text_[512] = "";                                                    \
		if (want_err_ != CLOISTER_OK)                                                 \
			cloister_fault_text((why), want_text_, sizeof want_text_);            \
		if (want_err_ != (code) || !strstr(want_text_, (part)))                       \
			fail_msg("%s: %s: %s", #call, cloister_err_name(want_err_), want_text_); \
	} while (0)

#endif
