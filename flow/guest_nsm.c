/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_nsm.c - a program for containers that knows the Nitro security module
 * and nothing of Cloister: AWS's ioctl on /dev/nsm, requests written by hand.
 *
 *   guest_nsm document [NONCE-HEX [USER-DATA-HEX]]   prints the document in hex
 *   guest_nsm random                                 two draws, which must differ
 *   guest_nsm many N                                 N processes at once, each with a nonce of its own
 *   guest_nsm limits                                 what AWS's driver refuses and cuts
 */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct raw {
	uint64_t request, request_len, response, response_len;
};

#define NSM_IOCTL_RAW _IOWR(0x0A, 0, struct raw)

static int call(const void *request, size_t len, uint8_t *response, size_t room, size_t *got)
{
	struct raw raw = { (uintptr_t)request, len, (uintptr_t)response, room };
	int fd = open("/dev/nsm", O_RDWR | O_CLOEXEC);
	int rc = fd < 0 ? -1 : ioctl(fd, NSM_IOCTL_RAW, &raw);
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	*got = (size_t)raw.response_len;
	return rc;
}

static size_t unhex(const char *text, uint8_t *out, size_t room)
{
	size_t len = strlen(text) / 2;

	for (size_t i = 0; i < len && i < room; i++) {
		char pair[3] = { text[2 * i], text[2 * i + 1], 0 };
		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return len < room ? len : room;
}

/* A byte string of CBOR, or null when `p` is NULL. */
static size_t put(uint8_t *at, const char *key, const uint8_t *p, size_t len)
{
	size_t n = 0, k = strlen(key);

	at[n++] = (uint8_t)(0x60 + k);
	memcpy(at + n, key, k);
	n += k;
	if (!p) {
		at[n++] = 0xf6;
		return n;
	}
	at[n++] = 0x59;
	at[n++] = (uint8_t)(len >> 8);
	at[n++] = (uint8_t)len;
	if (len < 24) {
		n -= 3;
		at[n++] = (uint8_t)(0x40 + len);
	} else if (len < 256) {
		n -= 3;
		at[n++] = 0x58;
		at[n++] = (uint8_t)len;
	}
	memcpy(at + n, p, len);
	return n + len;
}

static size_t attestation(uint8_t *out, const uint8_t *nonce, size_t nonce_len, const uint8_t *data,
			  size_t data_len)
{
	static const uint8_t head[] = "\xa1\x6b" "Attestation" "\xa3";
	size_t n = sizeof head - 1;

	memcpy(out, head, n);
	n += put(out + n, "user_data", data, data_len);
	n += put(out + n, "nonce", nonce, nonce_len);
	return n + put(out + n, "public_key", NULL, 0);
}

/* The answer is {"Attestation": {"document": bytes}}; where the bytes begin and how many. */
static const uint8_t *document_in(const uint8_t *a, size_t len, size_t *out)
{
	static const uint8_t head[] = "\xa1\x6b" "Attestation" "\xa1\x68" "document" "\x59";
	size_t n = sizeof head - 1;

	if (len < n + 2 || memmem(a, n, head, n) != a)
		return NULL;
	*out = (size_t)a[n] << 8 | a[n + 1];
	return *out == len - n - 2 ? a + n + 2 : NULL;
}

static int document(int argc, char **argv)
{
	static uint8_t request[4096], answer[0x3000], nonce[1024], data[1024];
	size_t nonce_len = argc > 2 ? unhex(argv[2], nonce, sizeof nonce) : 0;
	size_t data_len = argc > 3 ? unhex(argv[3], data, sizeof data) : 0;
	size_t n = attestation(request, argc > 2 ? nonce : NULL, nonce_len, argc > 3 ? data : NULL,
			       data_len);
	size_t got = 0, len = 0;

	if (call(request, n, answer, sizeof answer, &got) < 0) {
		perror("guest_nsm: /dev/nsm");
		return 1;
	}
	const uint8_t *d = document_in(answer, got, &len);
	if (!d) {
		fprintf(stderr, "guest_nsm: no document in an answer of %zu bytes\n", got);
		return 1;
	}
	for (size_t i = 0; i < len; i++)
		printf("%02x", d[i]);
	printf("\n");
	return 0;
}

static int draw(void)
{
	static const char request[] = "\x69GetRandom";
	uint8_t a[0x3000], b[0x3000];
	size_t n = 0, m = 0;

	if (call(request, 10, a, sizeof a, &n) < 0 || call(request, 10, b, sizeof b, &m) < 0) {
		perror("guest_nsm: /dev/nsm");
		return 1;
	}
	int same = n == m && memmem(a, n, b, m) != NULL;
	printf("random: %zu and %zu bytes, %s\n", n, m, same ? "THE SAME" : "different");
	return same || n < 32;
}

/* Each child asks with its own nonce and must find it in its own answer. */
static int one_of_many(unsigned i)
{
	static uint8_t request[4096], answer[0x3000];
	uint8_t nonce[16];
	size_t got = 0;

	for (unsigned k = 0; k < sizeof nonce; k++)
		nonce[k] = (uint8_t)(i * 31 + k * 7 + 1);
	for (int round = 0; round < 4; round++) {
		size_t n = attestation(request, nonce, sizeof nonce, NULL, 0);
		if (call(request, n, answer, sizeof answer, &got) < 0)
			return 1;
		if (!memmem(answer, got, nonce, sizeof nonce))
			return 2;
	}
	return 0;
}

static int many(unsigned n)
{
	unsigned good = 0;

	for (unsigned i = 0; i < n; i++)
		if (fork() == 0)
			_exit(one_of_many(i));
	for (int status; wait(&status) > 0;)
		good += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	printf("many: %u of %u got their own documents, four each\n", good, n);
	return good != n;
}

static int expect(const char *what, int rc, int error)
{
	int seen = rc < 0 ? errno : 0;

	printf("limits: %s: %s\n", what, seen ? strerror(seen) : "done");
	if (seen == error)
		return 0;
	printf("limits: EXPECTED %s\n", error ? strerror(error) : "done");
	return 1;
}

static int limits(void)
{
	static uint8_t request[0x2000], answer[0x10000];
	int fd = open("/dev/nsm", O_RDWR), bad = 0;
	size_t got = 0;

	memcpy(request, "\x69GetRandom", 10);
	bad += expect("a request of 0x1001 bytes", call(request, 0x1001, answer, 0x3000, &got), EMSGSIZE);
	bad += expect("a request of 0x1000 bytes", call(request, 0x1000, answer, 0x3000, &got), 0);
	bad += expect("room for 16 bytes", call(request, 10, answer, 16, &got), 0);
	bad += got != 16;
	bad += expect("room for 64 KiB", call(request, 10, answer, sizeof answer, &got), 0);
	bad += got < 32;
	bad += expect("a request nowhere", call((void *)8, 10, answer, 0x3000, &got), EFAULT);
	bad += expect("room nowhere", call(request, 10, (uint8_t *)8, 0x3000, &got), EFAULT);
	bad += expect("another ioctl", ioctl(fd, _IO(0x0A, 1)), EINVAL);
	return bad;
}

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "document") == 0)
		return document(argc, argv);
	if (argc == 2 && strcmp(argv[1], "random") == 0)
		return draw();
	if (argc == 3 && strcmp(argv[1], "many") == 0)
		return many((unsigned)strtoul(argv[2], NULL, 10));
	if (argc == 2 && strcmp(argv[1], "limits") == 0)
		return limits();
	fprintf(stderr, "usage: guest_nsm document [NONCE [USER-DATA]] | random | many N | limits\n");
	return 2;
}
