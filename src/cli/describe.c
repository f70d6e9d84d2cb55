/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe.c - `cloister describe`: what an enclave image file is, without running it.
 *
 * The file is a stranger's: it goes through the strict reader first, nothing in it sizes an
 * allocation, and its texts are printed as JSON strings, so that none can speak to the terminal.
 */

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image.h"
#include "codec/cert.h"
#include "codec/eif_sign.h"
#include "image/platform.h"
#include "sys/io.h"

static const char help_text[] =
	"usage: cloister describe FILE [--json]\n\n"
	"Show an enclave image file: its sections, measurements, manifest and signer, and what\n"
	"a careful reader should know. Nothing in the file is run.\n\n"
	"  --json           print JSON\n";

#define WARNINGS_MAX 8

/* What could be learnt; `has_` says what is ours and whole. */
struct facts {
	const char *path;
	struct bytes file;
	struct eif eif;
	struct measurements m;
	struct platform platform;
	struct ramdisk1 workload;
	struct json metadata;
	struct eif_signature *signer;
	bool has_platform, has_workload, has_metadata;
	size_t n_warnings;
	char warnings[WARNINGS_MAX][256];
};

static void drop_facts(struct facts *f)
{
	free(f->signer);
	drop_map(&f->file);
}

/* A fault that is no failure of the command but something to know about the file. */
static void warn(struct facts *f, const char *prefix, const struct cloister_fault *why)
{
	char text[200];

	if (f->n_warnings < WARNINGS_MAX)
		snprintf(f->warnings[f->n_warnings++], sizeof *f->warnings, "%s: %s", prefix,
			 cloister_fault_text(why, text, sizeof text));
}

static void warn_text(struct facts *f, const char *text)
{
	if (f->n_warnings < WARNINGS_MAX)
		snprintf(f->warnings[f->n_warnings++], sizeof *f->warnings, "%s", text);
}

static bool has_word(struct bytes text, const char *word)
{
	return text.len && memmem(text.data, text.len, word, strlen(word));
}

static void look_at_platform(struct facts *f)
{
	struct cloister_fault why;

	if (eif_check_kernel(&f->eif, &why) != CLOISTER_OK)
		warn(f, "the kernel is not one whole boot image", &why);
	if (platform_of(&f->eif, &f->platform, &why) == CLOISTER_OK)
		f->has_platform = true;
	else
		warn(f, "the platform is not one that cloister made", &why);
	if (has_word(f->eif.cmdline, "init=") || has_word(f->eif.cmdline, "rdinit="))
		warn_text(f, "the command line names another init");
}

static void look_at_workload(struct facts *f)
{
	struct cloister_fault why;

	if (f->eif.n_ramdisks == 1)
		warn_text(f, "there is no workload: a platform bundle, or an image of one ramdisk");
	else if (ramdisk1_read(f->eif.ramdisks[1], &f->workload, &why) == CLOISTER_OK)
		f->has_workload = true;
	else
		warn(f, "the workload is not one that cloister made", &why);
	if (f->eif.n_ramdisks > 2)
		warn_text(f, "there are more than two ramdisks");
}

static enum cloister_err look_at_signature(struct facts *f, struct cloister_fault *why)
{
	if (!f->eif.signature.len)
		return CLOISTER_OK;
	f->signer = malloc(sizeof *f->signer);
	if (!f->signer)
		return fail(why, CLOISTER_E_NOMEM, "signature", "out of memory");
	return eif_signature_read(f->eif.signature, f->signer, why);
}

static enum cloister_err look(struct facts *f, struct cloister_fault *why)
{
	TRY(file_map(AT_FDCWD, f->path, LIMIT_EIF, &f->file, why));
	TRY(eif_read(f->file, &f->eif, why));
	TRY(measure(&f->eif, &f->m, why));
	TRY(look_at_signature(f, why));
	look_at_platform(f);
	look_at_workload(f);
	f->has_metadata = json_read(f->eif.metadata, &f->metadata, NULL) == CLOISTER_OK;
	if (!f->has_metadata)
		warn_text(f, "the metadata is not JSON");
	return CLOISTER_OK;
}

static void put_sections(struct json_out *w, const struct facts *f)
{
	json_open(w, "sections", '[');
	for (size_t i = 0; i < f->eif.n_sections; i++) {
		json_open(w, NULL, '{');
		json_put_text(w, "kind", eif_kind_name(f->eif.sections[i].kind));
		json_put_u64(w, "offset", f->eif.sections[i].at);
		json_put_u64(w, "length", f->eif.sections[i].data.len);
		json_close(w, '}');
	}
	json_close(w, ']');
}

/* Digest, and validity when the certificate has the profile that our reader knows. */
static enum cloister_err put_signer(struct json_out *w, const struct facts *f,
				    struct cloister_fault *why)
{
	struct bytes der = bytes_of(f->signer->cert_der, f->signer->cert_len);
	uint8_t digest[SHA256_LEN];
	char from[DATE_ROOM], to[DATE_ROOM];
	struct cert cert;

	TRY(hash_sha256(der, digest, why));
	json_open(w, "signing_certificate", '{');
	json_put_hex(w, "sha256", BYTES_OF(digest));
	if (cert_read(der, &cert_profile_any, &cert, NULL) == CLOISTER_OK) {
		date_write(cert.not_before_s, from);
		date_write(cert.not_after_s, to);
		json_put_text(w, "not_before", from);
		json_put_text(w, "not_after", to);
	}
	json_close(w, '}');
	return CLOISTER_OK;
}

static enum cloister_err put_all(struct json_out *w, const struct facts *f, struct cloister_fault *why)
{
	json_open(w, NULL, '{');
	json_put_loose(w, "image", bytes_text(f->path));
	json_put_u64(w, "length", f->file.len);
	json_put_text(w, "architecture", f->eif.arm64 ? "aarch64" : "x86_64");
	measurements_put(w, "measurements", &f->m);
	put_sections(w, f);
	if (f->has_platform)
		TRY(platform_put(w, "platform", &f->platform, why));
	else
		json_put_null(w, "platform");
	if (f->has_workload)
		json_put_raw(w, "manifest", f->workload.manifest_text);
	else
		json_put_null(w, "manifest");
	if (f->signer)
		TRY(put_signer(w, f, why));
	else
		json_put_null(w, "signing_certificate");
	if (f->has_metadata)
		json_put_raw(w, "unmeasured_metadata", f->metadata.text);
	else
		json_put_null(w, "unmeasured_metadata");
	json_open(w, "warnings", '[');
	for (size_t i = 0; i < f->n_warnings; i++)
		json_put_loose(w, NULL, bytes_text(f->warnings[i]));
	json_close(w, ']');
	json_close(w, '}');
	return CLOISTER_OK;
}

/*
 * The same JSON with nothing in it that a terminal obeys: line ends and tabs stand
 * between values only and become blanks, DEL and the C1 controls stand in
 * strings only and become escapes. The rest was refused by json_read().
 */
static void tame(struct bytes in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++) {
		uint8_t c = in.data[i], next = i + 1 < in.len ? in.data[i + 1] : 0;
		if (c == 0xc2 && next >= 0x80 && next < 0xa0) {
			buf_print(out, "\\u%04x", next);
			i++;
		} else if (c == 0x7f) {
			buf_text(out, "\\u007f");
		} else {
			buf_byte(out, c < 0x20 ? ' ' : c);
		}
	}
}

/* "  name      value" for each member of a checked object, values as JSON. */
static void print_members(struct json object)
{
	struct json_walk w = json_walk(object);

	for (struct json key, value; json_next(&w, &key, &value);)
		printf("  %-12.*s %.*s\n", (int)key.text.len - 2, (const char *)key.text.data + 1,
		       (int)value.text.len, (const char *)value.text.data);
}

static void print_text(struct json all)
{
	struct json_walk w = json_walk(json_get(all, "sections"));

	printf("image %.*s, %.*s bytes, %.*s\n", (int)json_get(all, "image").text.len,
	       (const char *)json_get(all, "image").text.data, (int)json_get(all, "length").text.len,
	       (const char *)json_get(all, "length").text.data,
	       (int)json_get(all, "architecture").text.len - 2,
	       (const char *)json_get(all, "architecture").text.data + 1);
	printf("\nsections\n");
	for (struct json s; json_next(&w, NULL, &s);) {
		char kind[16] = "";
		uint64_t at = 0, len = 0;
		(void)(json_text(json_get(s, "kind"), kind, sizeof kind) &&
		       json_u64(json_get(s, "offset"), &at) && json_u64(json_get(s, "length"), &len));
		printf("  %-12s %12llu bytes at %llu\n", kind, (unsigned long long)len,
		       (unsigned long long)at);
	}
	static const struct {
		const char *key, *title;
	} parts[] = {
		{ "measurements", "measurements" },
		{ "platform", "platform (measured, PCR1), by SHA-256" },
		{ "manifest", "manifest (measured, PCR2)" },
		{ "signing_certificate", "signing certificate (PCR8; the signature is not checked here)" },
		{ "unmeasured_metadata", "metadata (NOT measured: whoever holds the file can change it)" },
	};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct json v = json_get(all, parts[i].key);
		if (v.type != JSON_OBJECT)
			continue;
		printf("\n%s\n", parts[i].title);
		print_members(v);
	}
	w = json_walk(json_get(all, "warnings"));
	for (struct json v; json_next(&w, NULL, &v);)
		printf("\nwarning: %.*s\n", (int)v.text.len, (const char *)v.text.data);
}

static int describe(const char *path, bool json)
{
	own(drop_facts) struct facts f = { .path = path };
	own(buf_fini) struct buf raw = BUF_INIT(4 * LIMIT_JSON);
	own(buf_fini) struct buf text = BUF_INIT(16 * LIMIT_JSON);
	struct json_out w = json_out(&raw);
	struct cloister_fault why;
	struct json all;

	if (look(&f, &why) || put_all(&w, &f, &why) || buf_ok(&raw, "description", &why))
		return cli_fail("describe", EXIT_FAILED, &why);
	tame(buf_bytes(&raw), &text);
	if (buf_ok(&text, "description", &why) || json_read(buf_bytes(&text), &all, &why))
		return cli_fail("describe", EXIT_FAILED, &why);
	if (json)
		return cli_print(&text);
	print_text(all);
	return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

int cmd_describe(int argc, char **argv)
{
	static const struct option options[] = { { "json", 0, NULL, 'j' }, { "help", 0, NULL, 'h' }, { 0 } };
	bool json = false;

	for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
		if (c == 'h')
			return cli_help(help_text);
		if (c != 'j')
			return cli_bad_option("describe", c, argv);
		json = true;
	}
	if (optind + 1 != argc)
		return cli_usage("describe", "one file is wanted");
	return describe(argv[optind], json);
}
