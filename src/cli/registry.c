/* SPDX-License-Identifier: Apache-2.0 */
/* registry.c - see registry.h. The password goes from its file into a struct secret and nowhere else. */

#include "cli/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "enclave/state.h"
#include "sys/io.h"

#define ARCH "amd64"
#define DEFAULT_REGISTRY "docker.io"

void registry_asked_fini(struct registry_asked *a)
{
	strv_fini(&a->insecure);
	drop_secret(&a->password);
}

static int take_host(struct registry_asked *a, const char *word, const char *host)
{
	if (!reference_is_host(bytes_text(host)))
		return cli_usage(word, "--insecure wants HOST or HOST:PORT, not `%s`", host);
	strv_add(&a->insecure, host);
	return a->insecure.failed ? EXIT_FAILED : -1;
}

int registry_option(struct registry_asked *a, const char *word, int c, const char *value)
{
	switch (c) {
	case REGISTRY: a->registry = value; return -1;
	case REGISTRY_USER: a->user = value; return -1;
	case INSECURE: return take_host(a, word, value);
	case PASSWORD_FILE: a->password_file = value; return -1;
	case CA: a->ca = value; return -1;
	default: return cli_number(word, "--timeout", value, 1, 864000, &a->timeout_s) ? -1 : EXIT_USAGE;
	}
}

int registry_check(const struct registry_asked *a, const char *word)
{
	if (!a->user != !a->password_file)
		return cli_usage(word, "a user and --password-file go together");
	if (a->registry && !reference_is_host(bytes_text(a->registry)))
		return cli_usage(word, "--registry wants HOST or HOST:PORT, not `%s`", a->registry);
	return -1;
}

static void drop_state(struct state *s)
{
	state_close(s);
}

enum cloister_err registry_dir(char *out, size_t room, struct cloister_fault *why)
{
	own(drop_state) struct state s = STATE_INIT;

	TRY(state_open(NULL, &s, why));
	int n = snprintf(out, room, "%s/images", s.path);
	if (n < 0 || (size_t)n >= room)
		return fail(why, CLOISTER_E_LIMIT, "images", "the state directory's path is too long");
	return CLOISTER_OK;
}

/* The file's first line, or all of it when it is one; not through a buffer that nobody wipes. */
static enum cloister_err read_password(const char *path, struct secret *out, struct cloister_fault *why)
{
	bool is_input = strcmp(path, "-") == 0;
	own(drop_fd) int fd = is_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = 1;

	if (fd < 0)
		return fail_sys(why, "password", "opening `%s`", path);
	while (out->len < sizeof out->data && n != 0) {
		n = read(fd, out->data + out->len, sizeof out->data - out->len);
		if (n < 0 && errno != EINTR)
			return fail_sys(why, "password", "reading `%s`", path);
		out->len += n > 0 ? (size_t)n : 0;
	}
	const uint8_t *end = out->len ? memchr(out->data, '\n', out->len) : NULL;
	if (!end && out->len == sizeof out->data)
		return fail(why, CLOISTER_E_LIMIT, "password", "`%s` has more than %u bytes", path, SECRET_MAX);
	if (end)
		out->len = (size_t)(end - out->data);
	if (out->len && out->data[out->len - 1] == '\r')
		out->len--;
	return out->len ? CLOISTER_OK : fail(why, CLOISTER_E_USAGE, "password", "`%s` begins with no password", path);
}

/* What --user names is for the registry that was asked for, whichever it is: one command asks one. */
static enum cloister_err login(void *ctx, const char *host, struct secret *user, struct secret *password,
			       struct cloister_fault *why)
{
	struct registry_asked *a = ctx;

	(void)host;
	if (!a->user)
		return CLOISTER_OK;
	if (!a->has_password)
		TRY(read_password(a->password_file, &a->password, why));
	a->has_password = true;
	TRY(secret_put(user, bytes_text(a->user), why));
	return secret_put(password, secret_bytes(&a->password), why);
}

static void show(void *ctx, const struct pull_news *n)
{
	static uint64_t shown;
	uint64_t mib = n->bytes >> 20;

	(void)ctx;
	if (n->host)
		cli_progress("%.60s asks for patience: %llu s", n->host, (unsigned long long)n->wait_s);
	else if (n->bytes == 0 || mib != shown)
		cli_progress("blob %zu of %zu, %llu of %llu MiB", n->blob, n->n_blobs, (unsigned long long)mib,
			     (unsigned long long)(n->size >> 20));
	shown = mib;
}

enum cloister_err registry_pull(struct registry_asked *a, const char *text, const char *dir,
				struct pulled *out, struct cloister_fault *why)
{
	const char *named = getenv("CLOISTER_REGISTRY");
	const char *registry = a->registry ? a->registry : named && *named ? named : DEFAULT_REGISTRY;
	const struct pull_options o = {
		.arch = ARCH, .insecure = strv_list(&a->insecure), .ca_file = a->ca,
		.timeout_ms = a->timeout_s * 1000, .login = login, .progress = show, .ctx = a,
	};
	struct reference ref;

	TRY(reference_read(bytes_text(text), registry, &ref, why));
	enum cloister_err err = pull(&ref, dir, &o, out, why);
	cli_progress_end();
	return err;
}
