/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_TLS_H
#define CRYPTO_TLS_H

/*
 * tls.h - the server's side of TLS 1.2 and 1.3 over a descriptor that does not block.
 *
 * Calls never wait: they say what to wait for. Nobody gets SIGPIPE. The
 * certificate is replaced as a whole; connections go on with the one they began with.
 * Client certificates, tickets' secrets on disk and HTTP/2 are not here.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/fault.h"

struct tls_server; /* a certificate chain and its key */
struct tls;        /* one connection */

/*
 * PEM files: the chain, leaf first, and the leaf's key, not encrypted.
 * Errors: CLOISTER_E_USAGE (unreadable, no certificate, not its key), CLOISTER_E_NOMEM.
 */
enum cloister_err tls_server_new(const char *chain_file, const char *key_file,
				 struct tls_server **out, struct cloister_fault *why);
/* Read both files again. On failure the old ones stay in use. */
enum cloister_err tls_server_reload(struct tls_server *s, struct cloister_fault *why);
void tls_server_free(struct tls_server *s); /* connections may outlive it; NULL is fine */

enum tls_state {
	TLS_FAILED = 0, /* close the descriptor */
	TLS_DONE,       /* *n_out bytes moved, or the handshake is over */
	TLS_WANT_READ,
	TLS_WANT_WRITE,
	TLS_END,        /* the peer will send no more */
};

/* `fd` stays the caller's and must outlive the connection. NULL when out of memory. */
struct tls *tls_new(struct tls_server *s, int fd);
void tls_free(struct tls *t); /* NULL is fine */
enum tls_state tls_handshake(struct tls *t);
enum tls_state tls_read(struct tls *t, void *room, size_t len, size_t *n_out);
enum tls_state tls_write(struct tls *t, struct bytes b, size_t *n_out);
bool tls_has_pending(const struct tls *t); /* bytes came that no read has taken: the descriptor will not tell */
void tls_goodbye(struct tls *t); /* close_notify, if it fits at once */

#endif
