/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_dlopen.c - a program that meets the library at run time only: every
 * call comes from dlsym(), by the version that the library promises to keep.
 *
 *   verify-dlopen LIBRARY EVIDENCE PCR0-HEX NONCE-HEX [ROOT [UNIX-SECONDS]]
 *
 * Build it with -D_GNU_SOURCE, for dlvsym(). Exit status: 0 accepted, 1 refused, 2 not decided.
 */

#include <cloister/cloister.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define VERSION "LIBCLOISTER_0"

/* One pointer for each call used, of exactly the header's type. */
#define CALLS(C)              \
	C(trust_new)          \
	C(trust_add_root)     \
	C(trust_free)         \
	C(policy_new)         \
	C(policy_set)         \
	C(policy_free)        \
	C(verify)             \
	C(verdict_accepts)    \
	C(verdict_answer)     \
	C(verdict_level)      \
	C(verdict_free)       \
	C(level_name)         \
	C(finding_name)       \
	C(fault_text)

#define FIELD(name) __typeof__(&cloister_##name) name;
static struct {
	CALLS(FIELD)
} lib;

static void *find(void *handle, const char *name)
{
	void *call = dlvsym(handle, name, VERSION);

	if (call)
		return call;
	fprintf(stderr, "verify-dlopen: %s\n", dlerror());
	exit(2);
}

static void load(const char *path)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!handle) {
		fprintf(stderr, "verify-dlopen: %s\n", dlerror());
		exit(2);
	}
	/* POSIX: a pointer from dlsym() may be read as one to a function. */
#define FIND(name) *(void **)&lib.name = find(handle, "cloister_" #name);
	CALLS(FIND)
}

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
	fprintf(stderr, "verify-dlopen: %s\n", lib.fault_text(why, text, sizeof text));
	exit(2);
}

int main(int argc, char **argv)
{
	static unsigned char evidence[65536], root[65536];
	static const char *const waived[] = { "user_data", "public_key", "report_data", "platforms", "max_age" };
	struct cloister_bytes doc = { evidence, 0 }, cert = { root, 0 };
	struct cloister_policy *policy = NULL;
	struct cloister_verdict *verdict = NULL;
	struct cloister_trust *trust = NULL;
	struct cloister_answer answer;
	struct cloister_fault why;
	size_t i;
	int status;

	if (argc < 5 || argc > 7) {
		fprintf(stderr, "usage: verify-dlopen LIBRARY EVIDENCE PCR0-HEX NONCE-HEX [ROOT [UNIX-SECONDS]]\n");
		return 2;
	}
	load(argv[1]);
	doc.len = read_file(argv[2], evidence, sizeof evidence);
	must(lib.trust_new(&trust, &why), &why);
	if (argc > 5) {
		cert.len = read_file(argv[5], root, sizeof root);
		must(lib.trust_add_root(trust, cert, &why), &why);
	}
	must(lib.policy_new(&policy, &why), &why);
	must(lib.policy_set(policy, "measurements.pcr0", argv[3], &why), &why);
	must(lib.policy_set(policy, "nonce", argv[4], &why), &why);
	for (i = 0; i < sizeof waived / sizeof *waived; i++)
		must(lib.policy_set(policy, waived[i], "any", &why), &why);
	must(lib.verify(trust, policy, doc, argc > 6 ? strtoull(argv[6], NULL, 10) : (uint64_t)time(NULL),
			&verdict, &why),
	     &why);
	for (i = 0; lib.verdict_answer(verdict, i, &answer); i++)
		printf("%-4s%-22s%-13s%s\n", answer.id, answer.name, lib.finding_name(answer.finding),
		       answer.reason);
	status = lib.verdict_accepts(verdict) ? 0 : 1;
	printf("%s, trust level %s\n", status ? "refused" : "accepted",
	       lib.level_name(lib.verdict_level(verdict)));
	lib.verdict_free(verdict);
	lib.policy_free(policy);
	lib.trust_free(trust);
	return status;
}
