/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator.c - STATE/root and the chains under it. Every file there is made
 * with file_once(): it appears whole, and the first one to appear stays.
 */

#include "enclave/emulator.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "codec/json.h"
#include "crypto/random.h"
#include "sys/io.h"

#define UNIT "EMULATOR, not a TEE"
#define ROOT_S (30ull * 365 * 24 * 3600) /* like AWS's own root */
#define EARLY_S 3u /* what AWS's leaves allow for clocks */

void emulator_close(struct emulator *e)
{
	drop_fd(&e->key_fd);
	drop_sign_key(&e->leaf_key);
}

/* `bytes` random bytes in hex, terminated. */
static enum cloister_err random_hex(char *out, size_t n_bytes, struct cloister_fault *why)
{
	uint8_t raw[16];

	TRY(random_bytes(raw, n_bytes, why));
	hex_write(bytes_of(raw, n_bytes), out);
	return CLOISTER_OK;
}

/* Whoever may write here could become the root. */
static enum cloister_err open_dir(int state_fd, int *out, struct cloister_fault *why)
{
	struct stat st;

	if (mkdirat(state_fd, EMULATOR_ROOT_DIR, 0700) < 0 && errno != EEXIST)
		return fail_sys(why, "emulator.mkdir", "%s in the state directory",
				EMULATOR_ROOT_DIR);
	own(drop_fd) int fd = openat(state_fd, EMULATOR_ROOT_DIR,
				     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(why, "emulator.open", "%s in the state directory",
				EMULATOR_ROOT_DIR);
	if (st.st_uid != geteuid() || (st.st_mode & 022))
		return fail(why, CLOISTER_E_USAGE, "emulator",
			    "%s/ must belong to this user and be writable for nobody else",
			    EMULATOR_ROOT_DIR);
	*out = give(fd, -1);
	return CLOISTER_OK;
}

static enum cloister_err make_key(int dir_fd, struct cloister_fault *why)
{
	own(drop_sign_key) struct sign_key *key = NULL;
	own(drop_secret) struct secret pem = { 0 };

	TRY(sign_key_new(&key, why));
	TRY(sign_key_write(key, &pem, why));
	return file_once(dir_fd, EMULATOR_ROOT_KEY, 0600, secret_bytes(&pem), why);
}

/* A key that others can read, or could have written, is nobody's. */
static enum cloister_err check_key_file(int fd, struct cloister_fault *why)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_sys(why, "emulator.stat", "%s", EMULATOR_ROOT_KEY);
	if (!S_ISREG(st.st_mode))
		return fail(why, CLOISTER_E_USAGE, "emulator", "%s is not a regular file",
			    EMULATOR_ROOT_KEY);
	if (st.st_uid != geteuid())
		return fail(why, CLOISTER_E_USAGE, "emulator",
			    "%s belongs to user %u, not to this one; it is not used",
			    EMULATOR_ROOT_KEY, (unsigned)st.st_uid);
	if (st.st_mode & 077)
		return fail(why, CLOISTER_E_USAGE, "emulator",
			    "%s has mode %04o, so others may have read it; remove root/ and all it "
			    "vouched for, or chmod 600",
			    EMULATOR_ROOT_KEY, st.st_mode & 07777);
	return CLOISTER_OK;
}

static enum cloister_err open_key(int dir_fd, int *fd_out, struct cloister_fault *why)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	own(drop_fd) int fd = openat(dir_fd, EMULATOR_ROOT_KEY, flags);

	if (fd < 0 && errno == ENOENT) {
		TRY(make_key(dir_fd, why));
		fd = openat(dir_fd, EMULATOR_ROOT_KEY, flags);
	}
	if (fd < 0)
		return fail_sys(why, "emulator.open", "%s", EMULATOR_ROOT_KEY);
	TRY(check_key_file(fd, why));
	*fd_out = give(fd, -1);
	return CLOISTER_OK;
}

/* The key, out of its open file: the position is not used, so any number of times. */
static enum cloister_err load_key(int fd, struct sign_key **out, struct cloister_fault *why)
{
	own(drop_secret) struct secret pem = { 0 };

	for (;;) {
		ssize_t n =
			pread(fd, pem.data + pem.len, sizeof pem.data - pem.len, (off_t)pem.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_sys(why, "emulator.read", "%s", EMULATOR_ROOT_KEY);
		if (n == 0)
			return sign_key_read(secret_bytes(&pem), out, why);
		pem.len += (size_t)n;
	}
}

/* "Cloister EMULATOR root, not a TEE, host 1a2b3c4d": the digits are the key's. */
static enum cloister_err root_name(const struct sign_key *key, char *out, size_t room,
				   struct cloister_fault *why)
{
	uint8_t point[SIGN_POINT_LEN], digest[SHA256_LEN];
	char hex[9];

	TRY(sign_key_point(key, point, why));
	TRY(hash_sha256(BYTES_OF(point), digest, why));
	hex_write(bytes_of(digest, 4), hex);
	snprintf(out, room, "Cloister EMULATOR root, not a TEE, host %s", hex);
	return CLOISTER_OK;
}

static enum cloister_err make_cert(int dir_fd, const struct sign_key *key, uint64_t now_s,
				   struct cloister_fault *why)
{
	own(buf_fini) struct buf pem = BUF_INIT(4 * LIMIT_CERT);
	char name[65];
	struct x509 root;

	TRY(root_name(key, name, sizeof name, why));
	const struct x509_spec spec = { X509_ROOT, name, UNIT, now_s - EARLY_S, now_s + ROOT_S };
	TRY(x509_issue(&spec, key, NULL, NULL, &root, why));
	x509_pem_write(&root, &pem);
	TRY(buf_ok(&pem, EMULATOR_ROOT_CERT, why));
	return file_once(dir_fd, EMULATOR_ROOT_CERT, 0644, buf_bytes(&pem), why);
}

/* The certificate, made when there is none: a crash may have left only the key. */
static enum cloister_err read_cert(int dir_fd, const struct sign_key *key, uint64_t now_s,
				   struct x509 *out, struct cloister_fault *why)
{
	own(buf_fini) struct buf pem = BUF_INIT(4 * LIMIT_CERT);
	enum cloister_err err = file_read(dir_fd, EMULATOR_ROOT_CERT, pem.max, &pem, why);

	if (err == CLOISTER_E_MISSING) {
		TRY(make_cert(dir_fd, key, now_s, why));
		err = file_read(dir_fd, EMULATOR_ROOT_CERT, pem.max, &pem, why);
	}
	TRY(err);
	return x509_pem_read(buf_bytes(&pem), out, why);
}

static enum cloister_err check_cert(const struct x509 *root, const struct sign_key *key,
				    struct cloister_fault *why)
{
	struct x509_facts facts;
	uint8_t point[SIGN_POINT_LEN];

	TRY(x509_facts(root, &facts, why));
	TRY(sign_key_point(key, point, why));
	if (!mem_same(point, facts.point, sizeof point))
		return fail(why, CLOISTER_E_USAGE, "emulator",
			    "%s is not the certificate of %s; remove it and it is made again",
			    EMULATOR_ROOT_CERT, EMULATOR_ROOT_KEY);
	return CLOISTER_OK;
}

/* AWS's instance ids begin with 0, so ours do. */
static enum cloister_err make_host(int dir_fd, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(256);
	struct json_out w = json_out(&text);
	char id[NSM_INSTANCE_ID_LEN + 1] = "i-0";

	TRY(random_hex(id + 3, 8, why));
	json_open(&w, NULL, '{');
	json_put_text(&w, "instance_id", id);
	json_close(&w, '}');
	buf_text(&text, "\n");
	TRY(buf_ok(&text, EMULATOR_HOST_FILE, why));
	return file_once(dir_fd, EMULATOR_HOST_FILE, 0644, buf_bytes(&text), why);
}

static enum cloister_err read_host(int dir_fd, char *id_out, size_t room,
				   struct cloister_fault *why)
{
	static const char *const known[] = { "instance_id", NULL };
	own(buf_fini) struct buf text = BUF_INIT(4096);
	enum cloister_err err = file_read(dir_fd, EMULATOR_HOST_FILE, text.max, &text, why);
	struct json top;

	if (err == CLOISTER_E_MISSING) {
		TRY(make_host(dir_fd, why));
		err = file_read(dir_fd, EMULATOR_HOST_FILE, text.max, &text, why);
	}
	TRY(err);
	TRY(json_read(buf_bytes(&text), &top, why));
	TRY(json_only(top, known, EMULATOR_HOST_FILE, why));
	if (!json_text(json_get(top, "instance_id"), id_out, room))
		return fail_at(why, 0, EMULATOR_HOST_FILE, "an instance id of %u characters is due",
			       NSM_INSTANCE_ID_LEN);
	return CLOISTER_OK;
}

enum cloister_err emulator_open(int state_fd, uint64_t now_s, struct emulator *out,
				struct cloister_fault *why)
{
	own(drop_fd) int dir_fd = -1;
	own(drop_sign_key) struct sign_key *key = NULL;
	own(emulator_close) struct emulator e = EMULATOR_INIT;

	TRY(open_dir(state_fd, &dir_fd, why));
	TRY(open_key(dir_fd, &e.key_fd, why));
	TRY(load_key(e.key_fd, &key, why));
	TRY(read_cert(dir_fd, key, now_s, &e.root, why));
	TRY(check_cert(&e.root, key, why));
	TRY(read_host(dir_fd, e.instance_id, sizeof e.instance_id, why));
	*out = give(e, (struct emulator)EMULATOR_INIT);
	return CLOISTER_OK;
}

/* Fresh keys and certificates from the root down; the issuer's key is forgotten at once. */
static enum cloister_err issue_chain(struct emulator *e, uint64_t now_s, struct cloister_fault *why)
{
	own(drop_sign_key) struct sign_key *root_key = NULL, *issuer_key = NULL, *leaf_key = NULL;
	struct x509 issuer, leaf;
	char issuer_name[65], leaf_name[65];

	snprintf(issuer_name, sizeof issuer_name, "Cloister EMULATOR issuer, host %s",
		 e->instance_id);
	snprintf(leaf_name, sizeof leaf_name, "Cloister EMULATOR %s", e->module_id);
	const struct x509_spec issuer_spec = { X509_ISSUER, issuer_name, UNIT, now_s - EARLY_S,
					       now_s + EMULATOR_ISSUER_S };
	const struct x509_spec leaf_spec = { X509_LEAF, leaf_name, UNIT, now_s - EARLY_S,
					     now_s + EMULATOR_LEAF_S };
	TRY(load_key(e->key_fd, &root_key, why));
	TRY(sign_key_new(&issuer_key, why));
	TRY(sign_key_new(&leaf_key, why));
	TRY(x509_issue(&issuer_spec, issuer_key, &e->root, root_key, &issuer, why));
	TRY(x509_issue(&leaf_spec, leaf_key, &issuer, issuer_key, &leaf, why));
	drop_sign_key(&e->leaf_key);
	e->leaf_key = give(leaf_key, NULL);
	e->issuer = issuer;
	e->leaf = leaf;
	e->from_s = now_s - EARLY_S;
	e->until_s = now_s + EMULATOR_LEAF_S - EMULATOR_RENEW_S;
	return CLOISTER_OK;
}

enum cloister_err emulator_start(struct emulator *e, uint64_t now_s, struct cloister_fault *why)
{
	char hex[17];

	if (e->key_fd < 0 || e->module_id[0])
		return fail(why, CLOISTER_E_USAGE, "emulator", "one enclave per opened root");
	TRY(random_hex(hex, 8, why));
	snprintf(e->module_id, sizeof e->module_id, "%s-enc%s", e->instance_id, hex);
	return issue_chain(e, now_s, why);
}

static enum cloister_err host_random(void *ctx, uint8_t *out, size_t len,
				     struct cloister_fault *why)
{
	(void)ctx;
	return random_bytes(out, len, why);
}

static enum cloister_err host_identity(void *ctx, uint64_t now_ms, struct nsm_identity *out,
				       struct cloister_fault *why)
{
	struct emulator *e = ctx;
	uint64_t now_s = now_ms / 1000;

	/* Before from_s: the host's clock was set back. */
	if (now_s < e->from_s || now_s >= e->until_s)
		TRY(issue_chain(e, now_s, why));
	*out = (struct nsm_identity){
		.certificate = x509_bytes(&e->leaf),
		.cabundle = { x509_bytes(&e->root), x509_bytes(&e->issuer) },
		.n_cabundle = 2,
	};
	return CLOISTER_OK;
}

static enum cloister_err host_sign(void *ctx, const uint8_t digest[static SHA384_LEN],
				   uint8_t sig_out[static SIGN_SIG_LEN], struct cloister_fault *why)
{
	struct emulator *e = ctx;

	return sign_es384(e->leaf_key, digest, sig_out, why);
}

struct nsm_host emulator_nsm_host(struct emulator *e)
{
	return (struct nsm_host){ e, host_random, host_identity, host_sign };
}
