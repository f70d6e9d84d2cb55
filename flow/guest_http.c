/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_http.c - a client of /run/cloister.sock for images that have no curl.
 *
 *   guest_http METHOD PATH [BODY]     prints the status, then the body
 *   guest_http raw TEXT               sends TEXT (\r and \n written out), prints all that comes
 *   guest_http crowd N METHOD PATH    the first way, while N connections are open that ask nothing
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int dial(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "/run/cloister.sock" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0) {
		perror("guest_http: /run/cloister.sock");
		exit(1);
	}
	return fd;
}

static char answer[1 << 20];

static size_t exchange(const char *text, size_t len)
{
	int fd = dial();
	size_t n = 0;

	for (size_t at = 0; at < len;) {
		ssize_t k = send(fd, text + at, len - at, MSG_NOSIGNAL);
		if (k <= 0)
			break;
		at += (size_t)k;
	}
	for (ssize_t k; n < sizeof answer - 1 && (k = read(fd, answer + n, sizeof answer - 1 - n)) > 0;)
		n += (size_t)k;
	close(fd);
	answer[n] = 0;
	return n;
}

static int raw(const char *escaped)
{
	static char text[1 << 16];
	size_t n = 0;

	for (; *escaped && n < sizeof text; escaped++) {
		if (escaped[0] == '\\' && (escaped[1] == 'r' || escaped[1] == 'n'))
			text[n++] = *++escaped == 'r' ? '\r' : '\n';
		else
			text[n++] = *escaped;
	}
	fwrite(answer, 1, exchange(text, n), stdout);
	return 0;
}

int main(int argc, char **argv)
{
	static char request[1 << 16];

	if (argc == 3 && strcmp(argv[1], "raw") == 0)
		return raw(argv[2]);
	if (argc == 5 && strcmp(argv[1], "crowd") == 0) {
		for (int i = atoi(argv[2]); i > 0; i--)
			dial();
		argc -= 2;
		argv += 2;
	}
	if (argc < 3) {
		fprintf(stderr, "usage: guest_http METHOD PATH [BODY] | raw TEXT\n");
		return 2;
	}
	const char *body = argc > 3 ? argv[3] : "";
	int n = snprintf(request, sizeof request,
			 "%s %s HTTP/1.1\r\nHost: enclave\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
			 argv[1], argv[2], strlen(body), body);
	exchange(request, (size_t)n);
	const char *text = strstr(answer, "\r\n\r\n");
	if (strncmp(answer, "HTTP/1.1 ", 9) != 0 || !text) {
		fprintf(stderr, "guest_http: no answer\n");
		return 1;
	}
	printf("%.3s\n%s", answer + 9, text + 4);
	return answer[9] == '2' ? 0 : 1;
}
