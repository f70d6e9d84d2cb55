/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - bounded logs in two files, and the form of a record. */

#include "enclave/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "sys/io.h"

#define TIME_LEN 24u /* "2026-11-24T10:00:00.123Z" */

static const char *const stream_names[] = { [LOG_STDOUT] = "stdout", [LOG_STDERR] = "stderr",
					    [LOG_EVENT] = "event" };

static enum cloister_err begin(struct log *l, int more, struct cloister_fault *why)
{
	struct stat st;
	own(drop_fd) int fd = openat(l->dir_fd, l->name,
				     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | more, 0600);

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(why, "log.open", "%s", l->name);
	drop_fd(&l->fd);
	l->fd = give(fd, -1);
	l->len = (uint64_t)st.st_size;
	return CLOISTER_OK;
}

enum cloister_err log_open(struct log *l, int dir_fd, const char *name, uint64_t ceiling,
			   struct cloister_fault *why)
{
	*l = (struct log){ .dir_fd = dir_fd, .fd = -1, .name = name, .ceiling = ceiling };
	return begin(l, 0, why);
}

void log_close(struct log *l)
{
	drop_fd(&l->fd);
}

static void rotate(struct log *l)
{
	char older[64];

	snprintf(older, sizeof older, "%s.1", l->name);
	if (renameat(l->dir_fd, l->name, l->dir_fd, older) < 0 || begin(l, O_TRUNC, NULL) != CLOISTER_OK)
		l->failed = true;
}

void log_raw(struct log *l, struct bytes b)
{
	if (l->fd < 0)
		return;
	if (l->len > 0 && l->len + b.len > l->ceiling / 2)
		rotate(l);
	if (io_write_full(l->fd, b.data, b.len, NULL) != CLOISTER_OK)
		l->failed = true;
	l->len += b.len;
}

static size_t head(char *out, size_t room, uint64_t now_ms, enum log_stream stream, bool whole)
{
	char date[DATE_ROOM];

	date_write(now_ms / 1000, date);
	return (size_t)snprintf(out, room, "%.19s.%03uZ %s %c ", date, (unsigned)(now_ms % 1000),
				stream_names[stream], whole ? 'F' : 'P');
}

void log_record(struct log *l, uint64_t now_ms, enum log_stream stream, struct bytes b)
{
	char text[64 + 8192];

	while (b.len > 0) {
		size_t most = b.len < 8192 ? b.len : 8192;
		const uint8_t *nl = memchr(b.data, '\n', most);
		size_t len = nl ? (size_t)(nl - b.data) : most;
		size_t n = head(text, 64, now_ms, stream, nl != NULL);
		memcpy(text + n, b.data, len);
		text[n + len] = '\n';
		log_raw(l, bytes_of(text, n + len + 1));
		len += nl != NULL;
		b = bytes_of(b.data + len, b.len - len);
	}
}

static struct bytes word(struct bytes *rest)
{
	const uint8_t *space = rest->len ? memchr(rest->data, ' ', rest->len) : NULL;
	size_t len = space ? (size_t)(space - rest->data) : rest->len;
	struct bytes w = bytes_of(rest->data, len);

	len += space != NULL;
	*rest = bytes_of(rest->data + len, rest->len - len);
	return w;
}

bool log_line_read(struct bytes line, struct log_line *out)
{
	struct log_line l = { .time = word(&line) };
	struct bytes stream = word(&line), tag = word(&line);

	for (unsigned s = LOG_STDOUT; s <= LOG_EVENT; s++)
		if (bytes_are(stream, stream_names[s]))
			l.stream = (enum log_stream)s;
	l.whole = bytes_are(tag, "F");
	l.text = line;
	if (l.time.len != TIME_LEN || !l.stream || (!l.whole && !bytes_are(tag, "P")))
		return false;
	*out = l;
	return true;
}
