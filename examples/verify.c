/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - a program that embeds libcloister: judge one attestation document.
 *
 *   verify EVIDENCE PCR0-HEX NONCE-HEX [ROOT [UNIX-SECONDS]]
 *
 * Build it against an installed library with
 *   cc verify.c $(pkg-config --cflags --libs cloister)
 * Exit status: 0 accepted, 1 refused, 2 not decided.
 */

#include <cloister/cloister.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static size_t read_file(const char *path, unsigned char *room, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t len;

	if (!f) {
		perror(path);
		exit(2);
	}
	len = fread(room, 1, size, f);
	fclose(f);
	return len;
}

static struct cloister_bytes from_hex(const char *text, unsigned char *room, size_t size)
{
	struct cloister_bytes b = { room, 0 };
	char pair[3] = { 0 };
	char *end;

	for (; text[0] && text[1] && b.len < size; text += 2) {
		pair[0] = text[0];
		pair[1] = text[1];
		room[b.len++] = (unsigned char)strtoul(pair, &end, 16);
		if (*end)
			break;
	}
	if (*text) {
		fprintf(stderr, "not hex digits, or too many: %s\n", text);
		exit(2);
	}
	return b;
}

static void must(enum cloister_err err, const struct cloister_fault *why)
{
	char text[512];

	if (err == CLOISTER_OK)
		return;
	fprintf(stderr, "verify: %s\n", cloister_fault_text(why, text, sizeof text));
	exit(2);
}

int main(int argc, char **argv)
{
	static unsigned char evidence[65536], root[65536], pcr0[64], nonce[1024];
	static struct cloister_verdict verdict;
	struct cloister_expect expect = { 0 };
	struct cloister_trust *trust = NULL;
	struct cloister_bytes doc = { evidence, 0 }, cert = { root, 0 };
	struct cloister_fault why;
	int check;

	if (argc < 4 || argc > 6) {
		fprintf(stderr, "usage: verify EVIDENCE PCR0-HEX NONCE-HEX [ROOT [UNIX-SECONDS]]\n");
		return 2;
	}
	doc.len = read_file(argv[1], evidence, sizeof evidence);

	/* Who may vouch: the built-in root of AWS, and perhaps one of ours. */
	must(cloister_trust_new(&trust, &why), &why);
	if (argc > 4) {
		cert.len = read_file(argv[4], root, sizeof root);
		must(cloister_trust_add_root(trust, cert, &why), &why);
	}

	/* What we want to hear. Whatever does not matter must be waived by name. */
	must(cloister_expect_pcr(&expect, 0, from_hex(argv[2], pcr0, sizeof pcr0), &why), &why);
	expect.nonce.want = CLOISTER_EXACTLY;
	expect.nonce.value = from_hex(argv[3], nonce, sizeof nonce);
	expect.user_data.want = CLOISTER_ANY;
	expect.public_key.want = CLOISTER_ANY;
	expect.max_age_s = CLOISTER_AGE_ANY;

	must(cloister_verify(trust, &expect, doc,
			     argc > 5 ? strtoull(argv[5], NULL, 10) : (uint64_t)time(NULL), &verdict,
			     &why),
	     &why);
	cloister_trust_free(trust);

	for (check = 0; check < CLOISTER_CHECK_COUNT; check++)
		printf("%-4s%-22s%-13s%s\n", cloister_check_id((enum cloister_check)check),
		       cloister_check_name((enum cloister_check)check),
		       cloister_finding_name(verdict.finding[check]), verdict.reason[check]);
	printf("%s, trust level %s\n", cloister_verdict_accepts(&verdict) ? "accepted" : "refused",
	       cloister_level_name(cloister_verdict_level(&verdict)));
	return cloister_verdict_accepts(&verdict) ? 0 : 1;
}
