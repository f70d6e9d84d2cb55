/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_replay.c - run a libFuzzer harness over a folder of saved inputs, as an
 * ordinary test. Also feeds every prefix of each input, so that a corpus of
 * one good document already exercises all its truncations.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t read_all(const char *path, uint8_t **out)
{
	FILE *f = fopen(path, "rb");
	size_t len = 0;

	*out = malloc(1 << 20);
	if (!f || !*out)
		exit(2);
	len = fread(*out, 1, 1 << 20, f);
	fclose(f);
	return len;
}

/* A copy of exactly `len` bytes, so that a read past the end is caught by the sanitizers. */
static void feed(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		exit(2);
	memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

int main(int argc, char **argv)
{
	int n = 0;

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *e;
		while (dir && (e = readdir(dir))) {
			char path[4096];
			uint8_t *data;
			if (e->d_name[0] == '.')
				continue;
			snprintf(path, sizeof path, "%s/%s", argv[i], e->d_name);
			size_t len = read_all(path, &data);
			size_t step = len > 4096 ? len / 4096 : 1;
			for (size_t cut = 0; cut < len; cut += step)
				feed(data, cut);
			feed(data, len);
			free(data);
			n++;
		}
		if (dir)
			closedir(dir);
	}
	printf("%d inputs replayed\n", n);
	return n > 0 ? 0 : 1;
}
