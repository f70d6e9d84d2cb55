/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reference.c - the grammar, a function for each production. Each steps over what it
 * takes at the front of a view and says whether it took it.
 */

#include "registry/reference.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/hex.h"

#define DOCKER_HUB "docker.io"
#define HEX_LEN (2 * SHA256_LEN)

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c);
}

static bool is_alnum(uint8_t c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z');
}

static bool is_name(uint8_t c)
{
	return is_alnum(c) || c == '-';
}

static bool is_tag(uint8_t c)
{
	return is_alnum(c) || c == '_' || c == '.' || c == '-';
}

static bool is_v6(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

/* The longest run of such characters at the front. */
static struct bytes run(struct bytes *b, bool (*is)(uint8_t))
{
	struct bytes start = *b;

	while (b->len && is(b->data[0]))
		*b = bytes_of(b->data + 1, b->len - 1);
	return bytes_of(start.data, start.len - b->len);
}

/* host-component ("." host-component)*, a component neither beginning nor ending with a dash */
static bool domain(struct bytes *b)
{
	do {
		struct bytes label = run(b, is_name);
		if (!label.len || label.len > 63 || label.data[0] == '-' || label.data[label.len - 1] == '-')
			return false;
	} while (bytes_skip(b, "."));
	return true;
}

/* "[" IPv6 "]" */
static bool literal(struct bytes *b)
{
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN];
	struct bytes inside;

	if (!bytes_skip(b, "["))
		return false;
	inside = run(b, is_v6);
	if (inside.len >= sizeof text || !bytes_skip(b, "]"))
		return false;
	snprintf(text, sizeof text, "%.*s", (int)inside.len, (const char *)inside.data);
	return inet_pton(AF_INET6, text, &address) == 1;
}

/* 1 to 65535, as nobody writes it otherwise */
static bool port(struct bytes *b)
{
	struct bytes digits = run(b, is_digit);
	unsigned long n = 0;

	if (!digits.len || digits.len > 5 || digits.data[0] == '0')
		return false;
	for (size_t i = 0; i < digits.len; i++)
		n = 10 * n + (digits.data[i] - '0');
	return n <= 65535;
}

bool reference_is_host(struct bytes text)
{
	if (text.len > LIMIT_REGISTRY_HOST || !(text.len && text.data[0] == '[' ? literal(&text) : domain(&text)))
		return false;
	return !text.len || (bytes_skip(&text, ":") && port(&text) && !text.len);
}

/* "." | "_" | "__" | "-"+, or nothing */
static bool separator(struct bytes *b)
{
	bool dash = false;

	if (bytes_skip(b, ".") || bytes_skip(b, "__") || bytes_skip(b, "_"))
		return true;
	while (bytes_skip(b, "-"))
		dash = true;
	return dash;
}

/* path-component ("/" path-component)* */
static bool path(struct bytes *b)
{
	do
		do
			if (!run(b, is_lower).len)
				return false;
		while (separator(b));
	while (bytes_skip(b, "/"));
	return true;
}

/* What stands before the first slash, when that is a host: it is stepped over. */
static struct bytes front(struct bytes *b)
{
	const uint8_t *slash = b->len ? memchr(b->data, '/', b->len) : NULL;
	struct bytes host = bytes_of(b->data, slash ? (size_t)(slash - b->data) : 0);

	if (!slash || !(memchr(host.data, '.', host.len) || memchr(host.data, ':', host.len) ||
			bytes_are(host, "localhost")))
		return BYTES_NONE;
	*b = bytes_of(slash + 1, b->len - host.len - 1);
	return host;
}

static void copy(char *to, struct bytes from)
{
	memcpy(to, from.data, from.len);
	to[from.len] = 0;
}

static enum cloister_err read_host(struct bytes *b, const char *registry, struct reference *r,
				   struct cloister_fault *why)
{
	struct bytes host = front(b);

	if (!host.len && !registry)
		return fail(why, CLOISTER_E_USAGE, "image", "`%.*s` names no registry; write HOST/PATH",
			    (int)(b->len < 60 ? b->len : 60), (const char *)b->data);
	if (!host.len)
		host = bytes_text(registry);
	if (!reference_is_host(host))
		return fail_at(why, 0, "registry", "it is not a host with or without a port");
	if (bytes_are(host, "index.docker.io"))
		host = bytes_text(DOCKER_HUB);
	copy(r->host, host);
	return CLOISTER_OK;
}

static enum cloister_err read_path(struct bytes *b, struct reference *r, size_t at,
				   struct cloister_fault *why)
{
	struct bytes whole = *b;
	bool good = path(b);
	struct bytes p = bytes_of(whole.data, whole.len - b->len);
	bool bare = p.len && !memchr(p.data, '/', p.len);

	if (!good)
		return fail_at(why, at + p.len, "path", "lower-case letters and digits are due here");
	/* A bare name is the registry's own choice only where no host was said, or at Docker Hub. */
	const char *before = bare && (at == 0 || strcmp(r->host, DOCKER_HUB) == 0) ? "library/" : "";
	if (strlen(before) + p.len > LIMIT_NAME)
		return fail_at(why, at, "path", "more than %u characters", LIMIT_NAME);
	copy(r->path, bytes_text(before));
	copy(r->path + strlen(before), p);
	return CLOISTER_OK;
}

static enum cloister_err read_tag(struct bytes *b, struct reference *r, size_t at,
				  struct cloister_fault *why)
{
	struct bytes tag = run(b, is_tag);

	if (!tag.len || tag.len > LIMIT_TAG || tag.data[0] == '.' || tag.data[0] == '-')
		return fail_at(why, at, "tag", "1 to %u letters, digits, `_`, `.` and `-`, the first none of the last two",
			       LIMIT_TAG);
	copy(r->tag, tag);
	return CLOISTER_OK;
}

static enum cloister_err read_digest(struct bytes *b, struct reference *r, size_t at,
				     struct cloister_fault *why)
{
	size_t len = 0;

	if (!bytes_skip(b, "sha256:"))
		return fail(why, CLOISTER_E_UNSUPPORTED, "digest", "only sha256: is known");
	struct bytes hex = run(b, is_lower);
	if (hex.len != HEX_LEN || hex_read(hex, r->digest, sizeof r->digest, &len, NULL) != CLOISTER_OK)
		return fail_at(why, at, "digest", "%u hexadecimal digits in lower case are due", HEX_LEN);
	r->has_digest = true;
	return CLOISTER_OK;
}

enum cloister_err reference_read(struct bytes text, const char *registry, struct reference *out,
				 struct cloister_fault *why)
{
	struct reference r = { 0 };
	struct bytes b = text;

	TRY(read_host(&b, registry, &r, why));
	TRY(read_path(&b, &r, text.len - b.len, why));
	if (bytes_skip(&b, ":"))
		TRY(read_tag(&b, &r, text.len - b.len, why));
	if (bytes_skip(&b, "@"))
		TRY(read_digest(&b, &r, text.len - b.len, why));
	if (b.len)
		return fail_at(why, text.len - b.len, "image", "this character cannot stand here");
	if (!r.tag[0] && !r.has_digest)
		copy(r.tag, bytes_text("latest"));
	*out = r;
	return CLOISTER_OK;
}

void reference_name(const struct reference *r, char out[static REFERENCE_ROOM])
{
	char hex[HEX_LEN + 1] = "";

	if (r->has_digest)
		hex_write(BYTES_OF(r->digest), hex);
	snprintf(out, REFERENCE_ROOM, "%s/%s%s%s%s%s", r->host, r->path, r->tag[0] ? ":" : "", r->tag,
		 r->has_digest ? "@sha256:" : "", hex);
}

const char *reference_server(const struct reference *r)
{
	return strcmp(r->host, DOCKER_HUB) == 0 ? "registry-1.docker.io" : r->host;
}
