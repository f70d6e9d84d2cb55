/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator_test.c - STATE/root under races, loose permissions and damage; chains
 * that are renewed in time; and whole documents judged by nsm_check.py and the
 * openssl program, which share no code with us.
 */

#include "base/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wr.h"
#include "enclave/emulator.h"
#include "evidence/kind.h"
#include "sys/io.h"
#include "sys/proc.h"

#define NOW_S 1790000000u
#define KEY   EMULATOR_ROOT_DIR "/" EMULATOR_ROOT_KEY
#define CERT  EMULATOR_ROOT_DIR "/" EMULATOR_ROOT_CERT
#define HOST  EMULATOR_ROOT_DIR "/" EMULATOR_HOST_FILE

struct place {
	char path[64];
	int fd;
};

static struct place place(void)
{
	struct place p = { "/tmp/emulator_test.XXXXXX", -1 };

	assert_non_null(mkdtemp(p.path));
	p.fd = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(p.fd >= 0);
	return p;
}

static void drop_place(struct place *p)
{
	static const char *const names[] = { KEY, CERT, HOST, "document", "moved" };

	for (size_t i = 0; i < N_OF(names); i++)
		unlinkat(p->fd, names[i], 0);
	unlinkat(p->fd, EMULATOR_ROOT_DIR, AT_REMOVEDIR);
	assert_int_equal(rmdir(p->path), 0); /* nothing else was left there, no temporary file */
	close(p->fd);
}

static struct emulator opened(const struct place *p)
{
	struct emulator e = EMULATOR_INIT;
	struct cloister_fault why = { 0 };

	WANT_OK(emulator_open(p->fd, NOW_S, &e, &why), &why);
	return e;
}

static void assert_refused(const struct place *p, const char *sentence)
{
	struct emulator e = EMULATOR_INIT;
	struct cloister_fault why = { 0 };
	char text[512];

	assert_int_not_equal(emulator_open(p->fd, NOW_S, &e, &why), CLOISTER_OK);
	assert_int_equal(e.key_fd, -1);
	cloister_fault_text(&why, text, sizeof text);
	if (!strstr(text, sentence))
		fail_msg("`%s` does not say `%s`", text, sentence);
}

static mode_t mode_of(const struct place *p, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(p->fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_uid, geteuid());
	return st.st_mode & 07777;
}

static void test_made_once(void **state)
{
	own(drop_place) struct place p = place();
	mode_t before = umask(0);

	(void)state;
	own(emulator_close) struct emulator a = opened(&p);
	umask(0777);
	own(emulator_close) struct emulator b = opened(&p);
	umask(before);
	assert_true(bytes_equal(x509_bytes(&a.root), x509_bytes(&b.root)));
	assert_string_equal(a.instance_id, b.instance_id);
	assert_int_equal(mode_of(&p, EMULATOR_ROOT_DIR), 0700);
	assert_int_equal(mode_of(&p, KEY), 0600);
	assert_int_equal(mode_of(&p, CERT), 0644);

	struct x509_facts facts;
	struct cloister_fault why = { 0 };
	WANT_OK(x509_facts(&a.root, &facts, &why), &why);
	assert_int_equal(strncmp(facts.common_name, "Cloister EMULATOR root, not a TEE, host ", 40),
			 0);
	assert_int_equal(facts.not_before_s, NOW_S - 3);
}

/* One of the racing processes: waits until the starting shot, then writes what it got. */
struct racer {
	int state_fd, gate_fd, out_fd;
};

static int race(void *ctx)
{
	const struct racer *r = ctx;
	struct emulator e = EMULATOR_INIT;
	uint8_t digest[SHA256_LEN];
	char byte;

	if (read(r->gate_fd, &byte, 1) != 0) /* the end of the pipe is the shot */
		return 2;
	if (emulator_open(r->state_fd, NOW_S, &e, NULL) ||
	    hash_sha256(x509_bytes(&e.root), digest, NULL))
		return 3;
	if (write(r->out_fd, digest, sizeof digest) != sizeof digest ||
	    write(r->out_fd, e.instance_id, sizeof e.instance_id) != sizeof e.instance_id)
		return 4;
	emulator_close(&e);
	return 0;
}

enum { RACERS = 12 };

static void run_race(const struct place *p)
{
	struct {
		uint8_t digest[SHA256_LEN];
		char id[NSM_INSTANCE_ID_LEN + 1];
	} got[RACERS];
	struct proc racers[RACERS];
	struct cloister_fault why = { 0 };
	int gate[2], out[RACERS][2];

	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	for (int i = 0; i < RACERS; i++) {
		assert_int_equal(pipe2(out[i], O_CLOEXEC), 0);
		/* In the child the listed descriptors are 3, 4 and 5, and no others are open. */
		struct racer r = { 3, 4, 5 };
		struct proc_spec spec = PROC_SPEC_INIT;
		spec.fn = race;
		spec.ctx = &r;
		spec.fds[0] = p->fd, spec.fds[1] = gate[0], spec.fds[2] = out[i][1];
		spec.n_fds = 3;
		racers[i] = (struct proc)PROC_INIT;
		WANT_OK(proc_start(&spec, &racers[i], &why), &why);
		close(out[i][1]);
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < RACERS; i++) {
		struct proc_end end;
		bool ended;
		WANT_OK(io_read_full(out[i][0], &got[i], sizeof got[i], &why), &why);
		close(out[i][0]);
		WANT_OK(proc_wait(&racers[i], 30000, &ended, &end, &why), &why);
		assert_true(ended && end.status == 0);
		proc_drop(&racers[i]);
		assert_memory_equal(&got[i], &got[0], sizeof got[0]);
	}
}

static void test_race(void **state)
{
	(void)state;
	for (int round = 0; round < 10; round++) {
		own(drop_place) struct place p = place();
		run_race(&p);
	}
}

/* Whatever part a crash left out is made again, and the rest stays. */
static void test_completed(void **state)
{
	own(drop_place) struct place p = place();

	(void)state;
	own(emulator_close) struct emulator a = opened(&p);
	assert_int_equal(unlinkat(p.fd, HOST, 0), 0);
	own(emulator_close) struct emulator b = opened(&p);
	assert_true(bytes_equal(x509_bytes(&a.root), x509_bytes(&b.root)));
	assert_string_not_equal(a.instance_id, b.instance_id);
	assert_int_equal(unlinkat(p.fd, CERT, 0), 0);
	own(emulator_close) struct emulator c = opened(&p);
	assert_false(bytes_equal(x509_bytes(&a.root), x509_bytes(&c.root))); /* another serial … */
	struct x509_facts first, again;
	struct cloister_fault why = { 0 };
	WANT_OK(x509_facts(&a.root, &first, &why), &why);
	WANT_OK(x509_facts(&c.root, &again, &why), &why);
	assert_memory_equal(first.point, again.point, sizeof first.point); /* … the same key */
	assert_string_equal(first.common_name, again.common_name);
}

static void put(const struct place *p, const char *name, mode_t mode, const char *text)
{
	struct cloister_fault why = { 0 };

	WANT_OK(file_write(p->fd, name, mode, bytes_text(text), &why), &why);
}

static void test_loose_key(void **state)
{
	static const mode_t modes[] = { 0604, 0640, 0644, 0666, 0610, 0700 | 01 };

	(void)state;
	for (size_t i = 0; i < N_OF(modes); i++) {
		own(drop_place) struct place p = place();
		struct emulator e = opened(&p);
		emulator_close(&e);
		assert_int_equal(fchmodat(p.fd, KEY, modes[i], 0), 0);
		assert_refused(&p, "so others may have read it");
		assert_int_equal(mode_of(&p, KEY), modes[i]); /* and nothing was tidied away */
	}
}

static void test_other_owner(void **state)
{
	own(drop_place) struct place p = place();
	struct emulator e = opened(&p);

	(void)state;
	emulator_close(&e);
	if (geteuid() != 0) {
		print_message("only root can give files away: owners are not tested\n");
		return;
	}
	assert_int_equal(fchownat(p.fd, KEY, 65534, 65534, 0), 0);
	assert_refused(&p, "belongs to user 65534");
	assert_int_equal(fchownat(p.fd, KEY, 0, 0, 0), 0);
	assert_int_equal(fchownat(p.fd, EMULATOR_ROOT_DIR, 65534, 65534, 0), 0);
	assert_refused(&p, "must belong to this user");
	assert_int_equal(fchownat(p.fd, EMULATOR_ROOT_DIR, 0, 0, 0), 0);
}

static void test_strange_files(void **state)
{
	own(drop_place) struct place p = place(), q = place();
	struct emulator e = opened(&p), other = opened(&q);

	(void)state;
	emulator_close(&e);
	emulator_close(&other);
	/* another root's certificate */
	assert_int_equal(renameat(p.fd, CERT, p.fd, "moved"), 0);
	assert_int_equal(renameat(q.fd, CERT, p.fd, CERT), 0);
	assert_refused(&p, "is not the certificate of");
	put(&p, CERT, 0644, "no certificate\n");
	assert_refused(&p, "CERTIFICATE");
	assert_int_equal(renameat(p.fd, "moved", p.fd, CERT), 0);
	/* a host file that is not one */
	put(&p, HOST, 0644, "{\"instance_id\":7}\n");
	assert_refused(&p, "instance id");
	put(&p, HOST, 0644, "{\"instance_id\":\"i-0\",\"more\":1}\n");
	assert_refused(&p, "not known");
	put(&p, HOST, 0644, "");
	assert_refused(&p, "");
	unlinkat(p.fd, HOST, 0);
	/* a symbolic link where the key should be */
	assert_int_equal(renameat(p.fd, KEY, p.fd, "moved"), 0);
	assert_int_equal(symlinkat("../moved", p.fd, KEY), 0);
	assert_refused(&p, "emulator.open");
	unlinkat(p.fd, KEY, 0);
	/* a FIFO must not hang us */
	assert_int_equal(mkfifoat(p.fd, KEY, 0600), 0);
	assert_refused(&p, "not a regular file");
	unlinkat(p.fd, KEY, 0);
	/* an empty key, a cut one, a long one */
	put(&p, KEY, 0600, "");
	assert_refused(&p, "PRIVATE KEY");
	put(&p, KEY, 0600, "-----BEGIN PRIVATE KEY-----\nMIG2");
	assert_refused(&p, "not a PKCS#8 private key");
	/* a directory that others may write */
	assert_int_equal(fchmodat(p.fd, EMULATOR_ROOT_DIR, 0777, 0), 0);
	assert_refused(&p, "writable for nobody else");
}

static void test_started_once(void **state)
{
	own(drop_place) struct place p = place();
	own(emulator_close) struct emulator a = opened(&p), b = opened(&p), idle = EMULATOR_INIT;
	struct cloister_fault why = { 0 };

	(void)state;
	WANT_OK(emulator_start(&a, NOW_S, &why), &why);
	WANT_OK(emulator_start(&b, NOW_S, &why), &why);
	assert_string_not_equal(a.module_id, b.module_id);
	assert_int_equal(strncmp(a.module_id, b.module_id, NSM_INSTANCE_ID_LEN + 4), 0);
	assert_int_equal(emulator_start(&a, NOW_S, &why), CLOISTER_E_USAGE);
	assert_int_equal(emulator_start(&idle, NOW_S, &why), CLOISTER_E_USAGE);
}

/* When a chain is kept and when it is replaced, by the time of the next document. */
static void test_renewal(void **state)
{
	static const struct {
		uint64_t after_s; /* since the start; steps of one enclave's life */
		bool is_renewed;
	} rows[] = {
		{ 0, false },
		{ 3600, false },
		{ EMULATOR_LEAF_S - EMULATOR_RENEW_S - 1, false },
		{ EMULATOR_LEAF_S - EMULATOR_RENEW_S, true },
		{ EMULATOR_LEAF_S, false },
		{ 10 * 86400, true },
		{ 10 * 86400 - 3, false }, /* three seconds back are within the leaf */
		{ 10 * 86400 - 4, true },  /* the clock was set back */
		{ 60, true },
	};
	own(drop_place) struct place p = place();
	own(emulator_close) struct emulator e = opened(&p);
	struct cloister_fault why = { 0 };

	(void)state;
	WANT_OK(emulator_start(&e, NOW_S, &why), &why);
	struct nsm_host host = emulator_nsm_host(&e);
	/* Renewing needs no path: not even when the directory is gone. */
	assert_int_equal(unlinkat(p.fd, KEY, 0), 0);
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct x509 before = e.leaf;
		struct nsm_identity who;
		struct x509_facts facts;
		uint64_t now_s = NOW_S + rows[i].after_s;
		WANT_OK(host.identity(host.ctx, now_s * 1000 + 999, &who, &why), &why);
		assert_int_equal(!bytes_equal(x509_bytes(&before), who.certificate),
				 rows[i].is_renewed);
		WANT_OK(x509_facts(&e.leaf, &facts, &why), &why);
		assert_true(facts.not_before_s <= now_s && now_s <= facts.not_after_s);
		assert_int_equal(who.n_cabundle, 2);
		assert_true(bytes_equal(who.cabundle[0], x509_bytes(&e.root)));
	}
}

/* ---- documents, judged by others ---- */

struct trial {
	const char *nonce, *user_data, *public_key; /* HEX or "null" */
	bool is_debug;
	bool lock_more; /* extends and locks PCR 16 and 31 */
};

static void append(struct wr *w, const char *hex)
{
	size_t len;
	own(drop_mem) uint8_t *b = test_hex(hex, &len);

	wr_put(w, bytes_of(b, len));
}

static void ask(struct nsm *n, uint64_t now_ms, struct bytes request, uint8_t *room,
		struct bytes *reply)
{
	struct cloister_fault why = { 0 };

	WANT_OK(nsm_answer(n, now_ms, request, room, reply, &why), &why);
	assert_false(reply->len > 6 &&
		     bytes_equal(bytes_of(reply->data + 1, 6), bytes_text("eError")));
}

/* Request strings by hand: no CBOR writer of ours between the test and the machine. */
static size_t attest_request(const struct trial *t, uint8_t *room, size_t room_len)
{
	const struct {
		const char *key, *hex;
	} members[] = {
		{ "69757365725f64617461", t->user_data },
		{ "656e6f6e6365", t->nonce },
		{ "6a7075626c69635f6b6579", t->public_key },
	};
	struct wr w = wr_open(room, room_len);

	append(&w, "a16b4174746573746174696f6ea3");
	for (size_t i = 0; i < N_OF(members); i++) {
		append(&w, members[i].key);
		if (strcmp(members[i].hex, "null") == 0) {
			wr_u8(&w, 0xf6);
			continue;
		}
		size_t len = strlen(members[i].hex) / 2;
		if (len < 24)
			wr_u8(&w, (uint8_t)(0x40 + len));
		else
			wr_u8(&w, 0x59), wr_be16(&w, (uint16_t)len);
		append(&w, members[i].hex);
	}
	assert_false(w.full);
	return w.len;
}

static void write_document(const struct place *p, struct nsm *n, const struct trial *t)
{
	static uint8_t request[LIMIT_NSM_REQUEST], room[LIMIT_NSM_RESPONSE];
	struct cloister_fault why = { 0 };
	struct bytes reply;

	size_t len = attest_request(t, request, sizeof request);
	ask(n, NOW_S * 1000ull + 5, bytes_of(request, len), room, &reply);
	/* a1 6b "Attestation" a1 68 "document" 59 hh ll: 26 bytes, then the document */
	assert_true(reply.len > 26 && reply.data[23] == 0x59);
	WANT_OK(file_write(p->fd, "document", 0600, bytes_of(reply.data + 26, reply.len - 26),
			   &why),
		&why);
}

static bool judge(const struct place *p, const struct nsm *n, const struct trial *t)
{
	const char *source = getenv("CLOISTER_SOURCE");
	char script[4096], document[128], cert[128], at[32], pcrs[LIMIT_PCRS][128], python[4096];
	const char *argv[9 + LIMIT_PCRS + 1] = { "python3", script,	  document,
						 cert,	    at,		  n->module_id,
						 t->nonce,  t->user_data, t->public_key };
	struct cloister_fault why = { 0 };
	size_t n_args = 9;

	assert_non_null(source);
	snprintf(script, sizeof script, "%s/src/enclave/nsm_check.py", source);
	snprintf(document, sizeof document, "%s/document", p->path);
	snprintf(cert, sizeof cert, "%s/" CERT, p->path);
	snprintf(at, sizeof at, "%u", NOW_S);
	for (unsigned i = 0; i < LIMIT_PCRS; i++) {
		if (!(n->locked >> i & 1))
			continue;
		int len = snprintf(pcrs[i], sizeof pcrs[i], "%u=", i);
		hex_write(BYTES_OF(n->pcr[i]), pcrs[i] + len);
		argv[n_args++] = pcrs[i];
	}
	WANT_OK(proc_find("python3", python, sizeof python, &why), &why);
	struct proc_spec spec = PROC_SPEC_INIT;
	struct proc proc = PROC_INIT;
	struct proc_end end;
	bool ended;
	spec.path = python;
	spec.argv = argv;
	WANT_OK(proc_start(&spec, &proc, &why), &why);
	WANT_OK(proc_wait(&proc, 60000, &ended, &end, &why), &why);
	assert_true(ended);
	proc_drop(&proc);
	return end.status == 0;
}

static void extend_and_lock(struct nsm *n)
{
	static const char *const requests[] = {
		"a169457874656e64504352a265696e64657810646461746143616263", /* ExtendPCR 16 "abc" */
		"a1674c6f636b504352a165696e64657810",			    /* LockPCR 16 */
		"a1674c6f636b504352a165696e646578181f",			    /* LockPCR 31 */
	};
	uint8_t room[LIMIT_NSM_RESPONSE];
	struct bytes reply;

	for (size_t i = 0; i < N_OF(requests); i++) {
		size_t len;
		own(drop_mem) uint8_t *request = test_hex(requests[i], &len);
		ask(n, 1, bytes_of(request, len), room, &reply);
	}
}

static void test_documents(void **state)
{
	static char most[2 * LIMIT_NSM_FIELD + 1];
	const struct trial rows[] = {
		{ "null", "null", "null", false, false },
		{ "00112233445566778899aabbccddeeff", "null", "null", false, false },
		{ "aa", "bb", "cc", true, false },
		{ "", "", "null", false, true },
		{ most, most, most, false, true },
	};
	own(drop_place) struct place p = place();
	own(emulator_close) struct emulator e = opened(&p);
	struct cloister_fault why = { 0 };
	struct measurements image = { 0 };

	(void)state;
	memset(most, 'd', sizeof most - 1);
	for (unsigned i = 0; i < PCR_LEN; i++)
		image.pcr0[i] = image.pcr1[i] = image.pcr2[i] = image.pcr8[i] = (uint8_t)(i + 1);
	WANT_OK(emulator_start(&e, NOW_S, &why), &why);
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct nsm n;
		WANT_OK(nsm_init(e.module_id, &image, rows[i].is_debug, emulator_nsm_host(&e), &n,
				 &why),
			&why);
		if (rows[i].lock_more)
			extend_and_lock(&n);
		write_document(&p, &n, &rows[i]);
		assert_true(judge(&p, &n, &rows[i]));
	}
}

/* The judge can say no: one flipped bit in the payload, one in the signature. */
static void test_judge_refuses(void **state)
{
	const struct trial t = { "aa", "null", "null", false, false };
	const struct measurements image = { 0 };
	own(drop_place) struct place p = place();
	own(emulator_close) struct emulator e = opened(&p);
	own(buf_fini) struct buf doc = BUF_INIT(LIMIT_EVIDENCE);
	struct cloister_fault why = { 0 };
	struct nsm n;

	(void)state;
	WANT_OK(emulator_start(&e, NOW_S, &why), &why);
	WANT_OK(nsm_init(e.module_id, &image, false, emulator_nsm_host(&e), &n, &why), &why);
	write_document(&p, &n, &t);
	WANT_OK(file_read(p.fd, "document", LIMIT_EVIDENCE, &doc, &why), &why);
	/* In the issuer, in the signature: never what the script compares with its arguments. */
	const size_t at[] = { doc.len - 200, doc.len - 1 };
	for (size_t i = 0; i < N_OF(at); i++) {
		doc.data[at[i]] ^= 1;
		WANT_OK(file_write(p.fd, "document", 0600, buf_bytes(&doc), &why), &why);
		assert_false(judge(&p, &n, &t));
		doc.data[at[i]] ^= 1;
	}
	WANT_OK(file_write(p.fd, "document", 0600, buf_bytes(&doc), &why), &why);
	assert_true(judge(&p, &n, &t));
}

/* ---- and by our own verifier ---- */

static struct cloister_verdict verdict_of(struct cloister_trust *trust, const struct buf *doc,
					  const struct cloister_policy *expect, uint64_t now_s)
{
	struct cloister_verdict v;
	struct cloister_fault why = { 0 };

	WANT_OK(evidence_verify(trust, expect, buf_bytes(doc), now_s, &v, &why),
		&why);
	return v;
}

static struct cloister_policy expectations(const struct nsm *n)
{
	static const uint8_t nonce[] = { 0xaa };
	struct cloister_policy e = {
		.nonce = { WANT_EXACTLY, { nonce, sizeof nonce } },
		.user_data = { .want = WANT_ANY },
		.public_key = { .want = WANT_ANY },
		.report_data.want = WANT_ANY,
		.issuer.want = WANT_ANY,
		.platforms = WANT_ANY,
		.max_age_s = 60,
	};
	struct cloister_fault why = { 0 };

	for (unsigned i = 0; i < 3; i++)
		WANT_OK(policy_expect_pcr(&e, i, bytes_of(n->pcr[i], PCR_LEN), &why), &why);
	return e;
}

/* Accepted only with the root in hand, never with more than low trust, and not for long. */
static void test_verdicts(void **state)
{
	const struct trial t = { "aa", "null", "null", false, false };
	own(drop_place) struct place p = place();
	own(emulator_close) struct emulator e = opened(&p);
	own(buf_fini) struct buf doc = BUF_INIT(LIMIT_EVIDENCE);
	struct cloister_trust *trust = NULL;
	struct cloister_fault why = { 0 };
	struct measurements image;
	struct nsm n;

	(void)state;
	memset(&image, 7, sizeof image);
	WANT_OK(emulator_start(&e, NOW_S, &why), &why);
	WANT_OK(nsm_init(e.module_id, &image, false, emulator_nsm_host(&e), &n, &why), &why);
	write_document(&p, &n, &t);
	WANT_OK(file_read(p.fd, "document", LIMIT_EVIDENCE, &doc, &why), &why);
	const struct cloister_policy expect = expectations(&n);

	WANT_OK(cloister_trust_new(&trust, &why), &why);
	struct cloister_verdict v = verdict_of(trust, &doc, &expect, NOW_S);
	assert_false(cloister_verdict_accepts(&v));
	assert_int_equal(verdict_first_failed(&v), CHECK_ROOT);

	WANT_OK(cloister_trust_add_root(trust, (struct cloister_bytes){ e.root.data, e.root.len },
					&why),
		&why);
	v = verdict_of(trust, &doc, &expect, NOW_S);
	for (int c = 0; c < CHECK_COUNT; c++)
		if (v.finding[c] == CLOISTER_FAILED)
			fail_msg("%s: %s", check_id((enum check)c), v.reason[c]);
	assert_true(cloister_verdict_accepts(&v));
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_LOW);

	v = verdict_of(trust, &doc, &expect, NOW_S + EMULATOR_LEAF_S + 1);
	assert_int_equal(verdict_first_failed(&v), CHECK_VALIDITY);
	v = verdict_of(trust, &doc, &expect, NOW_S + 61);
	assert_int_equal(verdict_first_failed(&v), CHECK_AGE);
	cloister_trust_free(trust);
}

/* A debug enclave says so by its zeros, and only a caller who allows that accepts it. */
static void test_debug_verdict(void **state)
{
	const struct trial t = { "aa", "null", "null", true, false };
	own(drop_place) struct place p = place();
	own(emulator_close) struct emulator e = opened(&p);
	own(buf_fini) struct buf doc = BUF_INIT(LIMIT_EVIDENCE);
	struct cloister_trust *trust = NULL;
	struct cloister_fault why = { 0 };
	struct measurements image;
	struct nsm n;

	(void)state;
	memset(&image, 7, sizeof image);
	WANT_OK(emulator_start(&e, NOW_S, &why), &why);
	WANT_OK(nsm_init(e.module_id, &image, true, emulator_nsm_host(&e), &n, &why), &why);
	write_document(&p, &n, &t);
	WANT_OK(file_read(p.fd, "document", LIMIT_EVIDENCE, &doc, &why), &why);
	struct cloister_policy expect = { .nonce = { .want = WANT_ANY },
					  .user_data = { .want = WANT_ANY },
					  .public_key = { .want = WANT_ANY },
					  .measurements = WANT_ANY,
					  .report_data.want = WANT_ANY,
					  .issuer.want = WANT_ANY,
					  .platforms = WANT_ANY,
					  .max_age_s = 60 };
	WANT_OK(cloister_trust_new(&trust, &why), &why);
	WANT_OK(cloister_trust_add_root(trust, (struct cloister_bytes){ e.root.data, e.root.len },
					&why),
		&why);
	struct cloister_verdict v = verdict_of(trust, &doc, &expect, NOW_S);
	assert_int_equal(verdict_first_failed(&v), CHECK_DEBUG);
	assert_false(cloister_verdict_accepts(&v));
	expect.allow_debug = true;
	v = verdict_of(trust, &doc, &expect, NOW_S);
	assert_true(cloister_verdict_accepts(&v));
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_LOW);
	cloister_trust_free(trust);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_once),    cmocka_unit_test(test_race),
		cmocka_unit_test(test_completed),    cmocka_unit_test(test_loose_key),
		cmocka_unit_test(test_other_owner),  cmocka_unit_test(test_strange_files),
		cmocka_unit_test(test_started_once), cmocka_unit_test(test_renewal),
		cmocka_unit_test(test_documents),    cmocka_unit_test(test_judge_refuses),
		cmocka_unit_test(test_verdicts),     cmocka_unit_test(test_debug_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
