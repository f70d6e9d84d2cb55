/* SPDX-License-Identifier: Apache-2.0 */
/*
 * httpd.c - a web server in one static file, for the image that holds nothing
 * else. It answers every request with what it sees of itself: user, group,
 * number of arguments, working directory. Usage: httpd PORT
 */

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void answer(int fd, int argc)
{
	char request[4096], body[512], reply[1024], cwd[256] = "?";

	if (read(fd, request, sizeof request) <= 0)
		return;
	if (!getcwd(cwd, sizeof cwd))
		cwd[0] = '?';
	int len = snprintf(body, sizeof body, "uid %d gid %d argc %d cwd %s\n", (int)getuid(),
			   (int)getgid(), argc, cwd);
	int n = snprintf(reply, sizeof reply,
			 "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len,
			 body);
	if (write(fd, reply, (size_t)n) != n)
		perror("write");
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int one = 1;

	signal(SIGPIPE, SIG_IGN);
	at.sin_port = htons((uint16_t)atoi(argc > 1 ? argv[1] : "8080"));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
	    bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 16)) {
		perror("httpd");
		return 1;
	}
	printf("listening on %d\n", ntohs(at.sin_port));
	fflush(stdout);
	for (;;) {
		int peer = accept(fd, NULL, NULL);
		if (peer < 0)
			continue;
		answer(peer, argc);
		close(peer);
	}
}
