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

static void must(enum cloister_err err, const struct cloister_fault *why)
{
	char text[512];

	if (err == CLOISTER_OK)
		return;
	fprintf(stderr, "verify: %s\n", cloister_fault_text(why, text, sizeof text));
	exit(2);
}

static void say(struct cloister_policy *policy, const char *key, const char *value)
{
	struct cloister_fault why;

	must(cloister_policy_set(policy, key, value, &why), &why);
}

int main(int argc, char **argv)
{
	static unsigned char evidence[65536], root[65536];
	static const char *const waived[] = { "user_data", "public_key", "report_data", "platforms",
					      "max_age" };
	struct cloister_bytes doc = { evidence, 0 }, cert = { root, 0 };
	struct cloister_policy *policy = NULL;
	struct cloister_verdict *verdict = NULL;
	struct cloister_trust *trust = NULL;
	struct cloister_answer answer;
	struct cloister_fault why;
	size_t i;
	int status;

	if (argc < 4 || argc > 6) {
		fprintf(stderr, "usage: verify EVIDENCE PCR0-HEX NONCE-HEX [ROOT [UNIX-SECONDS]]\n");
		return 2;
	}
	doc.len = read_file(argv[1], evidence, sizeof evidence);

	/* Who may vouch: the built-in roots, and perhaps one of ours. */
	must(cloister_trust_new(&trust, &why), &why);
	if (argc > 4) {
		cert.len = read_file(argv[4], root, sizeof root);
		must(cloister_trust_add_root(trust, cert, &why), &why);
	}

	/* What we want to hear. Whatever does not matter must be waived by name. */
	must(cloister_policy_new(&policy, &why), &why);
	say(policy, "measurements.pcr0", argv[2]);
	say(policy, "nonce", argv[3]);
	for (i = 0; i < sizeof waived / sizeof *waived; i++)
		say(policy, waived[i], "any");

	must(cloister_verify(trust, policy, doc,
			     argc > 5 ? strtoull(argv[5], NULL, 10) : (uint64_t)time(NULL), &verdict,
			     &why),
	     &why);
	for (i = 0; cloister_verdict_answer(verdict, i, &answer); i++)
		printf("%-4s%-22s%-13s%s\n", answer.id, answer.name,
		       cloister_finding_name(answer.finding), answer.reason);
	printf("%s, trust level %s\n", cloister_verdict_accepts(verdict) ? "accepted" : "refused",
	       cloister_level_name(cloister_verdict_level(verdict)));
	status = cloister_verdict_accepts(verdict) ? 0 : 1;
	cloister_verdict_free(verdict);
	cloister_policy_free(policy);
	cloister_trust_free(trust);
	return status;
}
