/* SPDX-License-Identifier: Apache-2.0 */
/* config_test.c - the documents of an image: configuration, OCI index and manifest, docker's manifest. */

#include "image/config.h"

#include <stdio.h>

#include "base/test.h"
#include "image/docker.h"
#include "image/oci.h"

#define H "1111111111111111111111111111111111111111111111111111111111111111"
#define DIFF "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" H "\"]}"

static void full_config(void **state)
{
	static const char text[] =
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"created\":\"2024-01-01T00:00:00Z\",\"config\":{"
		"\"Entrypoint\":[\"/e\",\"a b\"],\"Cmd\":[\"c\"],\"Env\":[\"A=1\",\"B=\\u00fc\"],\"User\":\"redis\","
		"\"WorkingDir\":\"/data\",\"StopSignal\":\"SIGQUIT\",\"Volumes\":{\"/data\":{},\"/x\":{}},"
		"\"ExposedPorts\":{\"6379/tcp\":{},\"53/udp\":{},\"80\":{},\"80/tcp\":{}},\"Labels\":{\"a\":\"b\"},"
		"\"Healthcheck\":{\"Test\":[\"NONE\"]}},\"history\":[{}]," DIFF "}";
	struct cloister_fault why = { 0 };
	struct image_config c;
	struct diff_ids d;

	(void)state;
	WANT_OK(config_read(bytes_text(text), &c, &d, &why), &why);
	assert_string_equal(c.entrypoint[1], "a b");
	assert_null(c.entrypoint[2]);
	assert_string_equal(c.cmd[0], "c");
	assert_string_equal(c.env[1], "B=\xc3\xbc");
	assert_string_equal(c.user, "redis");
	assert_string_equal(c.working_dir, "/data");
	assert_string_equal(c.stop_signal, "SIGQUIT");
	assert_string_equal(c.volumes[1], "/x");
	assert_int_equal(c.n_ports, 2);
	assert_int_equal(c.ports[0], 80);
	assert_int_equal(c.ports[1], 6379);
	assert_string_equal(c.architecture, "amd64");
	assert_string_equal(c.created, "2024-01-01T00:00:00Z");
	assert_int_equal(d.n, 1);
	assert_int_equal(d.ids[0][31], 0x11);
	config_fini(&c);
	diff_ids_fini(&d);
	/* No prefix of it is a configuration. */
	for (size_t n = 0; n < sizeof text - 1; n++)
		assert_int_not_equal(config_read(bytes_of(text, n), &c, &d, NULL), CLOISTER_OK);
}

static void bare_config(void **state)
{
	struct image_config c;
	struct diff_ids d;

	(void)state;
	assert_int_equal(config_read(bytes_text("{\"config\":null," DIFF "}"), &c, &d, NULL), CLOISTER_OK);
	assert_null(c.entrypoint[0]);
	assert_null(c.cmd[0]);
	assert_null(c.volumes[0]);
	assert_string_equal(c.user, "");
	assert_string_equal(c.working_dir, "");
	assert_int_equal(c.n_ports, 0);
	config_fini(&c);
	diff_ids_fini(&d);
}

static const struct {
	const char *text;
	enum cloister_err err;
	const char *what, *note;
} refused[] = {
	{ "[]", CLOISTER_E_MALFORMED, "config", "not an image configuration" },
	{ "{\"config\":[]," DIFF "}", CLOISTER_E_MALFORMED, "config", "not an image configuration" },
	{ "{\"config\":{\"Cmd\":\"sh\"}," DIFF "}", CLOISTER_E_MALFORMED, "config.Cmd", "wrong JSON type" },
	{ "{\"config\":{\"Cmd\":[1]}," DIFF "}", CLOISTER_E_MALFORMED, "config.Cmd", "not a string" },
	{ "{\"config\":{\"Env\":[\"A=\\u0000\"]}," DIFF "}", CLOISTER_E_MALFORMED, "config.Env", "a NUL" },
	{ "{\"config\":{\"User\":7}," DIFF "}", CLOISTER_E_MALFORMED, "config.User", "not a string" },
	{ "{\"config\":{\"Volumes\":[\"/a\"]}," DIFF "}", CLOISTER_E_MALFORMED, "config.Volumes", "wrong JSON type" },
	{ "{\"config\":{\"ExposedPorts\":{\"0/tcp\":{}}}," DIFF "}", CLOISTER_E_MALFORMED, "config.ExposedPorts",
	  "`0/tcp`" },
	{ "{\"config\":{\"ExposedPorts\":{\"65536\":{}}}," DIFF "}", CLOISTER_E_MALFORMED, "config.ExposedPorts",
	  "`65536`" },
	{ "{\"config\":{\"ExposedPorts\":{\"-1\":{}}}," DIFF "}", CLOISTER_E_MALFORMED, "config.ExposedPorts",
	  "`-1`" },
	{ "{\"config\":{}}", CLOISTER_E_MALFORMED, "config.rootfs", "no layers" },
	{ "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":{}}}", CLOISTER_E_MALFORMED, "config.rootfs", "no layers" },
	{ "{\"rootfs\":{\"type\":\"other\",\"diff_ids\":[]}}", CLOISTER_E_MALFORMED, "config.rootfs", "no layers" },
	{ "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha512:" H "\"]}}", CLOISTER_E_UNSUPPORTED, "digest",
	  "SHA-256" },
	{ "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:11\"]}}", CLOISTER_E_UNSUPPORTED, "digest",
	  "SHA-256" },
	{ "{\"User\":\"a\",\"User\":\"b\"," DIFF "}", CLOISTER_E_MALFORMED, NULL, "" },
};

static void bad_configs(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(refused); i++) {
		struct cloister_fault why = { 0 };
		struct image_config c;
		struct diff_ids d;
		enum cloister_err err = config_read(bytes_text(refused[i].text), &c, &d, &why);
		if (err != refused[i].err || !strstr(why.note, refused[i].note) ||
		    (refused[i].what && strcmp(why.what, refused[i].what) != 0))
			fail_msg("%s: %s %s: %s", refused[i].text, cloister_err_name(err), why.what, why.note);
	}
}

#define IM "\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:"
#define IX "\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"digest\":\"sha256:"
#define DG(d) d "111111111111111111111111111111111111111111111111111111111111111\",\"size\":3"
#define REF(n) ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" n "\"}"
#define CTR(n) ",\"annotations\":{\"io.containerd.image.name\":\"" n "\"}"
#define ON(os, arch) ",\"platform\":{\"os\":\"" os "\",\"architecture\":\"" arch "\"}"
#define INDEX(list) "{\"schemaVersion\":2,\"manifests\":[" list "]}"

static const struct {
	const char *name, *text, *tag;
	char picked; /* first digit of the digest chosen, or 0 and … */
	const char *note;
} picks[] = {
	{ "the only one", INDEX("{" IM DG("a") "}"), NULL, 'a', NULL },
	{ "the only one, named", INDEX("{" IM DG("a") REF("x") "}"), NULL, 'a', NULL },
	{ "by tag", INDEX("{" IM DG("a") REF("x") "},{" IM DG("b") REF("y") "}"), "y", 'b', NULL },
	{ "containerd's name", INDEX("{" IM DG("a") CTR("docker.io/library/redis:7") "}"), "7", 'a', NULL },
	{ "containerd's whole name", INDEX("{" IM DG("a") CTR("docker.io/library/redis:7") "}"),
	  "docker.io/library/redis:7", 'a', NULL },
	{ "several, none named", INDEX("{" IM DG("a") REF("x") "},{" IM DG("b") REF("y") "}"), NULL, 0,
	  "tags: x, y" },
	{ "no such tag", INDEX("{" IM DG("a") REF("x") "},{" IM DG("b") REF("y") "}"), "z", 0,
	  "no tag `z`; tags: x, y" },
	{ "no tags at all", INDEX("{" IM DG("a") "}"), "z", 0, "tags: none" },
	{ "this platform", INDEX("{" IM DG("a") ON("linux", "arm64") "},{" IM DG("b") ON("linux", "amd64") "}"),
	  NULL, 'b', NULL },
	{ "this platform before one unsaid", INDEX("{" IM DG("a") "},{" IM DG("b") ON("linux", "amd64") "}"),
	  NULL, 'b', NULL },
	{ "the first of two that fit",
	  INDEX("{" IM DG("a") ON("linux", "amd64") "},{" IM DG("b") ON("linux", "amd64") "}"), NULL, 'a', NULL },
	{ "none for this platform",
	  INDEX("{" IM DG("a") ON("linux", "arm64") "},{" IM DG("b") ON("windows", "amd64") "}"), NULL, 0,
	  "platforms: linux/arm64, windows/amd64" },
	{ "attestations are no images",
	  INDEX("{" IM DG("a") ON("unknown", "unknown") "},{" IM DG("b") ON("linux", "amd64") "}"), NULL, 'b', NULL },
	{ "a nested index", INDEX("{" IX DG("c") REF("x") "}"), "x", 'c', NULL },
	{ "an empty index", INDEX(""), NULL, 0, "platforms: none" },
	{ "no list", "{\"manifests\":{}}", NULL, 0, "lists no manifests" },
	{ "no size", INDEX("{" IM H "\"}"), NULL, 0, "no size" },
	{ "a negative size", INDEX("{" IM H "\",\"size\":-1}"), NULL, 0, "no size" },
	{ "no digest", INDEX("{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"size\":3}"), NULL, 0,
	  "not a SHA-256 digest" },
	{ "a digest that is a path", INDEX("{" IM "../../../../../../../../../../../../../../../../../../../etc/passwd\",\"size\":3}"),
	  NULL, 0, "not a SHA-256 digest" },
};

static void index_picks(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(picks); i++) {
		struct cloister_fault why = { 0 };
		struct descriptor d = { 0 };
		char *name = NULL;
		enum cloister_err err =
			oci_index_pick(bytes_text(picks[i].text), picks[i].tag, "amd64", &d, &name, &why);
		free(name);
		if (picks[i].picked && (err != CLOISTER_OK || d.digest[0] >> 4 != picks[i].picked - 'a' + 10))
			fail_msg("%s: %s: %s", picks[i].name, cloister_err_name(err), why.note);
		if (!picks[i].picked && (err == CLOISTER_OK || !strstr(why.note, picks[i].note)))
			fail_msg("%s: %s: %s", picks[i].name, cloister_err_name(err), why.note);
	}
}

#define CONFIG "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:" H "\",\"size\":9}"
#define LAYER(type) "{\"mediaType\":\"" type "\",\"digest\":\"sha256:" H "\",\"size\":7}"

static const struct {
	const char *text;
	int n; /* layers, or -1 and … */
	const char *note;
} manifests[] = {
	{ "{\"schemaVersion\":2," CONFIG ",\"layers\":[]}", 0, NULL },
	{ "{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER("application/vnd.oci.image.layer.v1.tar+zstd") ","
	  LAYER("application/vnd.docker.image.rootfs.diff.tar.gzip") "]}", 2, NULL },
	{ "{\"schemaVersion\":1," CONFIG ",\"layers\":[]}", -1, "only version 2" },
	{ "{\"schemaVersion\":2," CONFIG "}", -1, "lists no layers" },
	{ "{\"schemaVersion\":2,\"layers\":[]}", -1, "no descriptor" },
	{ "{\"schemaVersion\":2," CONFIG ",\"layers\":[{}]}", -1, "media type" },
	{ "{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER("application/vnd.oci.image.layer.v1.tar+gzip+encrypted")
	  "]}", -1, "encrypted\" is not supported" },
	{ "{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER("application/vnd.in-toto+json") "]}", -1,
	  "not supported" },
};

static void manifest_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(manifests); i++) {
		struct cloister_fault why = { 0 };
		struct image_layer *layers = NULL;
		struct descriptor config;
		size_t n = 0;
		enum cloister_err err = oci_manifest_read(bytes_text(manifests[i].text), &config, &layers, &n, &why);
		if ((err == CLOISTER_OK) != (manifests[i].n >= 0) ||
		    (err == CLOISTER_OK ? n != (size_t)manifests[i].n : !strstr(why.note, manifests[i].note)))
			fail_msg("%s: %s: %s", manifests[i].text, cloister_err_name(err), why.note);
		if (n) {
			assert_int_equal(layers[0].size, 7);
			assert_int_equal(config.size, 9);
		}
		free(layers);
	}
}

static void too_many_layers(void **state)
{
	own(buf_fini) struct buf text = BUF_INIT(1 << 20);
	struct cloister_fault why = { 0 };
	struct image_layer *layers;
	struct docker_manifest m;
	struct descriptor config;
	size_t n;

	(void)state;
	buf_text(&text, "{\"schemaVersion\":2," CONFIG ",\"layers\":[");
	for (unsigned i = 0; i <= LIMIT_LAYERS; i++)
		buf_print(&text, "%s{}", i ? "," : "");
	buf_text(&text, "]}");
	assert_int_equal(oci_manifest_read(buf_bytes(&text), &config, &layers, &n, &why), CLOISTER_E_LIMIT);
	text.len = 0;
	buf_text(&text, "[{\"Config\":\"c\",\"Layers\":[");
	for (unsigned i = 0; i <= LIMIT_LAYERS; i++)
		buf_print(&text, "%s\"l\"", i ? "," : "");
	buf_text(&text, "]}]");
	assert_int_equal(docker_manifest_read(buf_bytes(&text), &m, &why), CLOISTER_E_LIMIT);
}

static const struct {
	const char *text, *name;
	int n;
	const char *note;
} dockers[] = {
	{ "[{\"Config\":\"c.json\",\"RepoTags\":[\"a:1\",\"b:2\"],\"Layers\":[\"x/layer.tar\",\"y/layer.tar\"]}]",
	  "a:1", 2, NULL },
	{ "[{\"Config\":\"c.json\",\"RepoTags\":null,\"Layers\":null}]", "", 0, NULL },
	{ "[]", NULL, 0, "lists no image" },
	{ "{}", NULL, 0, "lists no image" },
	{ "[{\"Config\":\"c\",\"RepoTags\":[\"a:1\"],\"Layers\":[]},{\"RepoTags\":[\"b:2\"]}]", NULL, 0,
	  "2 images, save the one you want by itself: a:1, b:2" },
	{ "[{\"Layers\":[]}]", NULL, 0, "not a file name" },
	{ "[{\"Config\":\"c\",\"Layers\":[\"\"]}]", NULL, 0, "not a file name" },
	{ "[{\"Config\":\"c\",\"Layers\":\"x\"}]", NULL, 0, "lists no layers" },
};

static void docker_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(dockers); i++) {
		struct cloister_fault why = { 0 };
		struct docker_manifest m = { 0 };
		enum cloister_err err = docker_manifest_read(bytes_text(dockers[i].text), &m, &why);
		if (dockers[i].name && (err != CLOISTER_OK || strcmp(m.name, dockers[i].name) != 0 ||
					m.n_layers != (size_t)dockers[i].n))
			fail_msg("%s: %s", dockers[i].text, why.note);
		if (!dockers[i].name && (err == CLOISTER_OK || !strstr(why.note, dockers[i].note)))
			fail_msg("%s: %s", dockers[i].text, why.note);
		docker_manifest_fini(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_config),
		cmocka_unit_test(bare_config),
		cmocka_unit_test(bad_configs),
		cmocka_unit_test(index_picks),
		cmocka_unit_test(manifest_rows),
		cmocka_unit_test(too_many_layers),
		cmocka_unit_test(docker_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
