/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole builds from an OCI layout made here: two in different circumstances are one file, what is
 * refused leaves nothing, and the finished file holds what the image said.
 */

#include "image/build.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "codec/eif_test.h"
#include "image/layer_test.h"
#include "image/platform.h"

static char *dir; /* a folder of this test's own */

static const char *path(const char *name)
{
	static char text[4][4096];
	static unsigned turn;
	char *out = text[turn++ % 4];

	snprintf(out, sizeof text[0], "%s/%s", dir, name);
	return out;
}

static void put(const char *name, struct bytes content)
{
	struct cloister_fault why;

	WANT_OK(file_write(AT_FDCWD, path(name), 0644, content, &why), &why);
}

/* A blob under its digest, which comes back as hex. */
static void put_blob(struct bytes content, char hex[static 65])
{
	uint8_t digest[SHA256_LEN];
	char name[128];
	struct cloister_fault why;

	WANT_OK(hash_sha256(content, digest, &why), &why);
	hex_write(BYTES_OF(digest), hex);
	snprintf(name, sizeof name, "image/blobs/sha256/%s", hex);
	put(name, content);
}

/* An image of one layer; `config` is the value of its "config" member. */
static void make_image(const char *layer, const char *config)
{
	own(buf_fini) struct buf tar = BUF_INIT(1 << 20), text = BUF_INIT(1 << 16);
	char layer_hex[65], config_hex[65], manifest_hex[65];

	assert_true(mkdir(path("image"), 0755) == 0 || errno == EEXIST);
	assert_true(mkdir(path("image/blobs"), 0755) == 0 || errno == EEXIST);
	assert_true(mkdir(path("image/blobs/sha256"), 0755) == 0 || errno == EEXIST);
	tar_script(&tar, layer);
	put_blob(buf_bytes(&tar), layer_hex);
	buf_print(&text,
		  "{\"created\":\"2020-02-03T04:05:06Z\",\"architecture\":\"amd64\",\"os\":\"linux\","
		  "\"config\":%s,\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:%s\"]}}",
		  config, layer_hex);
	size_t config_len = text.len;
	put_blob(buf_bytes(&text), config_hex);
	text.len = 0;
	buf_print(&text,
		  "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
		  "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\","
		  "\"digest\":\"sha256:%s\",\"size\":%zu},\"layers\":[{\"mediaType\":"
		  "\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"sha256:%s\",\"size\":%zu}]}",
		  config_hex, config_len, layer_hex, tar.len);
	size_t manifest_len = text.len;
	put_blob(buf_bytes(&text), manifest_hex);
	text.len = 0;
	buf_print(&text,
		  "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":"
		  "\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:%s\","
		  "\"size\":%zu,\"annotations\":{\"org.opencontainers.image.ref.name\":\"latest\"}}]}",
		  manifest_hex, manifest_len);
	put("image/index.json", buf_bytes(&text));
	put("image/oci-layout", bytes_text("{\"imageLayoutVersion\":\"1.0.0\"}"));
}

static void make_platform(void)
{
	own(buf_fini) struct buf out = BUF_INIT(1 << 20);
	const struct ramdisk0 f = { .init = bytes_text("INIT"), .agent = bytes_text("AGENT"),
				    .cmdline = bytes_text(PLATFORM_CMDLINE) };
	struct cloister_fault why;
	uint8_t room[2048];

	WANT_OK(platform_write(bzimage(room, true, 1096), &f, &out, &why), &why);
	put("platform.eif", buf_bytes(&out));
}

static const char layer[] = "d etc\nf etc/passwd web:x:33:34::/srv:/bin/sh\nf etc/group web:x:34:\n"
			    "d bin\nf bin/web program\nl bin/alias web\nh bin/again bin/web\n"
			    "d data\nf data/seed content\n";
static const char config[] = "{\"Entrypoint\":[\"/bin/web\"],\"Cmd\":[\"-p\",\"80\"],\"User\":\"web\","
			     "\"WorkingDir\":\"/made/here\",\"Env\":[\"A=1\"],\"StopSignal\":\"SIGINT\","
			     "\"ExposedPorts\":{\"80/tcp\":{}},\"Volumes\":{\"/data\":{}}}";

static int set_up(void **state)
{
	static char template[] = "/var/tmp/cloister-build-test-XXXXXX";

	(void)state;
	dir = mkdtemp(template);
	assert_non_null(dir);
	make_image(layer, config);
	make_platform();
	return 0;
}

static int tear_down(void **state)
{
	char command[4200];

	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	return system(command);
}

static enum cloister_err build_to(const char *output, struct launch_wish *wish,
				  struct build_result *out, struct cloister_fault *why)
{
	const struct launch_wish none = { 0 };
	char reference[4200], platform[4096], to[4096];

	snprintf(reference, sizeof reference, "oci:%s", path("image"));
	snprintf(platform, sizeof platform, "%s", path("platform.eif"));
	snprintf(to, sizeof to, "%s", path(output));
	const struct build_request q = { .reference = reference, .platform = platform, .output = to,
					 .wish = wish ? wish : &none };
	return build_image(&q, out, why);
}

static void content(void **state)
{
	own(build_result_fini) struct build_result r = { 0 };
	own(drop_map) struct bytes file = BYTES_NONE;
	struct measurements m;
	struct cloister_fault why;
	struct ramdisk1 w;
	struct platform p;
	struct stat st;

	(void)state;
	WANT_OK(build_to("content.eif", NULL, &r, &why), &why);
	WANT_OK(file_map(AT_FDCWD, path("content.eif"), LIMIT_EIF, &file, &why), &why);
	WANT_OK(platform_read(file, &p, &why), &why);
	WANT_OK(measure(&p.eif, &m, &why), &why);
	assert_memory_equal(&m, &r.measurements, sizeof m);
	WANT_OK(ramdisk1_read(p.eif.ramdisks[1], &w, &why), &why);
	assert_true(bytes_are(bytes_of(w.rootfs.data, 4), "hsqs"));
	assert_true(bytes_are(w.manifest.argv.text, "[\"/bin/web\",\"-p\",\"80\"]"));
	assert_true(bytes_are(w.manifest.ports.text, "[80]"));
	assert_true(bytes_are(w.manifest.volumes.text, "[\"/data\"]"));
	assert_string_equal(w.manifest.cwd, "/made/here");
	assert_int_equal(w.manifest.uid, 33);
	assert_int_equal(w.manifest.gid, 34);
	assert_int_equal(w.manifest.stop_signal, 2);
	assert_int_equal(w.manifest.memory_mib, r.memory_mib);
	assert_non_null(memmem(p.eif.metadata.data, p.eif.metadata.len, "2020-02-03T04:05:06+00:00", 25));
	assert_int_equal(stat(path("content.eif"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	/* the root filesystem begins at a page of the file that the kernel keeps: both ramdisks, one behind the other */
	assert_int_equal((p.eif.ramdisks[0].len + p.eif.ramdisks[1].len - w.rootfs.len) % 4096, 0);
}

static void expect_same_file(const char *a, const char *b)
{
	own(drop_map) struct bytes x = BYTES_NONE, y = BYTES_NONE;
	struct cloister_fault why;

	WANT_OK(file_map(AT_FDCWD, path(a), LIMIT_EIF, &x, &why), &why);
	WANT_OK(file_map(AT_FDCWD, path(b), LIMIT_EIF, &y, &why), &why);
	assert_true(bytes_equal(x, y));
}

/* Another umask, time zone and working directory. */
static void two_builds(void **state)
{
	own(build_result_fini) struct build_result a = { 0 }, b = { 0 };
	struct cloister_fault why;

	(void)state;
	WANT_OK(build_to("one.eif", NULL, &a, &why), &why);
	mode_t before = umask(0077);
	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	int here = open(".", O_PATH | O_CLOEXEC);
	assert_int_equal(chdir("/"), 0);
	WANT_OK(build_to("two.eif", NULL, &b, &why), &why);
	assert_int_equal(fchdir(here), 0);
	close(here);
	umask(before);
	expect_same_file("one.eif", "two.eif");
	assert_true(bytes_equal(buf_bytes(&a.record), buf_bytes(&b.record)));
}

/* An image built before is a platform as good as the bundle it was built with. */
static void image_as_platform(void **state)
{
	own(build_result_fini) struct build_result a = { 0 }, b = { 0 };
	char reference[4200], platform[4096], to[4096];
	const struct launch_wish none = { 0 };
	struct cloister_fault why;

	(void)state;
	WANT_OK(build_to("first.eif", NULL, &a, &why), &why);
	snprintf(reference, sizeof reference, "oci:%s", path("image"));
	snprintf(platform, sizeof platform, "%s", path("first.eif"));
	snprintf(to, sizeof to, "%s", path("second.eif"));
	const struct build_request q = { .reference = reference, .platform = platform, .output = to,
					 .wish = &none };
	WANT_OK(build_image(&q, &b, &why), &why);
	expect_same_file("first.eif", "second.eif");
}

/* PCR1 is the platform's; what the author changes shows in PCR2 and PCR0. */
static void wishes_are_measured(void **state)
{
	own(build_result_fini) struct build_result a = { 0 }, b = { 0 };
	own(launch_wish_fini) struct launch_wish wish = { .log_stdout = true };
	struct cloister_fault why;

	(void)state;
	WANT_OK(build_to("plain.eif", NULL, &a, &why), &why);
	WANT_OK(build_to("log.eif", &wish, &b, &why), &why);
	assert_memory_equal(a.measurements.pcr1, b.measurements.pcr1, PCR_LEN);
	assert_memory_not_equal(a.measurements.pcr2, b.measurements.pcr2, PCR_LEN);
	assert_memory_not_equal(a.measurements.pcr0, b.measurements.pcr0, PCR_LEN);
}

static size_t count_files(void)
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, NULL);

	assert_true(n > 0);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return (size_t)n;
}

/* What is refused leaves nothing behind, and an older output as it was. */
static void refused(void **state)
{
	static const struct {
		const char *env, *user, *cwd, *what;
	} rows[] = {
		{ "A", NULL, NULL, "env" },
		{ NULL, "nobody-knows", NULL, NULL },
		{ NULL, NULL, "/bin/web/below", NULL },
	};
	size_t before = count_files();

	(void)state;
	put("older.eif", bytes_text("older"));
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(build_result_fini) struct build_result r = { 0 };
		own(launch_wish_fini) struct launch_wish wish = { 0 };
		own(buf_fini) struct buf older = BUF_INIT(64);
		struct cloister_fault why = { 0 };

		wish.user = rows[i].user ? strdup(rows[i].user) : NULL;
		wish.cwd = rows[i].cwd ? strdup(rows[i].cwd) : NULL;
		if (rows[i].env)
			strv_add(&wish.env, rows[i].env);
		if (build_to("older.eif", &wish, &r, &why) == CLOISTER_OK)
			fail_msg("row %zu was built", i);
		if (rows[i].what)
			assert_string_equal(why.what, rows[i].what);
		WANT_OK(file_read(AT_FDCWD, path("older.eif"), 64, &older, &why), &why);
		assert_string_equal(buf_string(&older), "older");
	}
	assert_int_equal(count_files(), before + 1);
}

static void not_a_platform(void **state)
{
	own(build_result_fini) struct build_result r = { 0 };
	const struct launch_wish none = { 0 };
	char reference[4200], platform[4096], to[4096];
	struct cloister_fault why;

	(void)state;
	snprintf(reference, sizeof reference, "oci:%s", path("image"));
	snprintf(platform, sizeof platform, "%s", path("image/index.json"));
	snprintf(to, sizeof to, "%s", path("never.eif"));
	const struct build_request q = { .reference = reference, .platform = platform, .output = to,
					 .wish = &none };
	assert_int_equal(build_image(&q, &r, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "platform");
	assert_non_null(strstr(why.note, "not an enclave image file"));
	assert_int_equal(access(to, F_OK), -1);
}

static void least_memory(void **state)
{
	(void)state;
	assert_int_equal(build_memory_mib(1), 96);
	assert_int_equal(build_memory_mib((uint64_t)24 << 20), 96);
	assert_int_equal(build_memory_mib(((uint64_t)24 << 20) + 1), 97);
	/* 300 MiB that do not compress: at most 1.4 times the file */
	assert_true(build_memory_mib((uint64_t)320 << 20) <= 320 * 1.4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content),	       cmocka_unit_test(two_builds),
		cmocka_unit_test(image_as_platform),   cmocka_unit_test(wishes_are_measured),
		cmocka_unit_test(refused),	       cmocka_unit_test(not_a_platform),
		cmocka_unit_test(least_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
