/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.c - OpenSSL's server. Its writes go through a BIO of ours, since its own
 * raises SIGPIPE when the peer has gone.
 */

#include "crypto/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tls_server {
	SSL_CTX *ctx;
	char *chain_file, *key_file;
};

struct tls {
	SSL *ssl;
	int fd;
};

static bool is_later(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static int bio_write(BIO *b, const char *data, int len)
{
	const struct tls *t = BIO_get_data(b);
	ssize_t n = send(t->fd, data, (size_t)len, MSG_NOSIGNAL);

	BIO_clear_retry_flags(b);
	if (n < 0 && is_later())
		BIO_set_retry_write(b);
	return (int)n;
}

static int bio_read(BIO *b, char *data, int len)
{
	const struct tls *t = BIO_get_data(b);
	ssize_t n = recv(t->fd, data, (size_t)len, 0);

	BIO_clear_retry_flags(b);
	if (n < 0 && is_later())
		BIO_set_retry_read(b);
	return (int)n;
}

static long bio_ctrl(BIO *b, int what, long num, void *ptr)
{
	(void)b, (void)num, (void)ptr;
	return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *new_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket");

	if (m && BIO_meth_set_write(m, bio_write) && BIO_meth_set_read(m, bio_read) &&
	    BIO_meth_set_ctrl(m, bio_ctrl))
		return m;
	BIO_meth_free(m);
	return NULL;
}

/* One for the process, never freed: it must outlive every BIO. */
static BIO_METHOD *the_method(void)
{
	static BIO_METHOD *m;

	if (!m)
		m = new_method();
	return m;
}

/* A key that wants a passphrase is refused; nobody is asked. */
static int no_passphrase(char *room, int size, int writing, void *ctx)
{
	(void)room, (void)size, (void)writing, (void)ctx;
	return -1;
}

/* Those who offer names of protocols must offer ours. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
			   const unsigned char *in, unsigned in_len, void *ctx)
{
	static const unsigned char ours[] = "\x08http/1.1";

	(void)ssl, (void)ctx;
	if (SSL_select_next_proto((unsigned char **)out, out_len, ours, sizeof ours - 1, in, in_len) ==
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_OK;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void drop_ctx(SSL_CTX **ctx)
{
	SSL_CTX_free(*ctx);
}

static enum cloister_err open_files(const struct tls_server *s, SSL_CTX **out,
				    struct cloister_fault *why)
{
	own(drop_ctx) SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx || !SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION)) {
		ERR_clear_error();
		return fail(why, CLOISTER_E_NOMEM, "tls", "OpenSSL did not start");
	}
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	bool has_chain = SSL_CTX_use_certificate_chain_file(ctx, s->chain_file) == 1;
	bool has_key = has_chain && SSL_CTX_use_PrivateKey_file(ctx, s->key_file, SSL_FILETYPE_PEM) == 1 &&
		       SSL_CTX_check_private_key(ctx) == 1;
	ERR_clear_error();
	if (!has_chain)
		return fail(why, CLOISTER_E_USAGE, "tls.certificate", "`%.100s` holds no certificate chain in PEM", s->chain_file);
	if (!has_key)
		return fail(why, CLOISTER_E_USAGE, "tls.key", "`%.100s` does not hold the certificate's key in PEM, unencrypted", s->key_file);
	*out = give(ctx, NULL);
	return CLOISTER_OK;
}

void tls_server_free(struct tls_server *s)
{
	if (!s)
		return;
	SSL_CTX_free(s->ctx);
	free(s->chain_file);
	free(s->key_file);
	free(s);
}

enum cloister_err tls_server_reload(struct tls_server *s, struct cloister_fault *why)
{
	SSL_CTX *ctx = NULL;

	TRY(open_files(s, &ctx, why));
	SSL_CTX_free(s->ctx);
	s->ctx = ctx;
	return CLOISTER_OK;
}

enum cloister_err tls_server_new(const char *chain_file, const char *key_file,
				 struct tls_server **out, struct cloister_fault *why)
{
	struct tls_server *s = calloc(1, sizeof *s);
	enum cloister_err err = CLOISTER_E_NOMEM;

	if (s) {
		s->chain_file = strdup(chain_file);
		s->key_file = strdup(key_file);
	}
	if (s && the_method() && s->chain_file && s->key_file)
		err = tls_server_reload(s, why);
	else
		err = fail(why, err, "tls", "out of memory");
	if (err != CLOISTER_OK) {
		tls_server_free(s);
		return err;
	}
	*out = s;
	return CLOISTER_OK;
}

struct tls *tls_new(struct tls_server *s, int fd)
{
	struct tls *t = calloc(1, sizeof *t);
	BIO *bio = t ? BIO_new(the_method()) : NULL;

	if (t)
		t->ssl = SSL_new(s->ctx);
	if (!bio || !t->ssl) {
		BIO_free(bio);
		tls_free(t);
		ERR_clear_error();
		return NULL;
	}
	t->fd = fd;
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	SSL_set_accept_state(t->ssl);
	return t;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	free(t);
}

static enum tls_state state_of(struct tls *t, int result)
{
	if (result > 0)
		return TLS_DONE;
	int error = SSL_get_error(t->ssl, result);
	ERR_clear_error();
	switch (error) {
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_END;
	default:
		return TLS_FAILED;
	}
}

enum tls_state tls_handshake(struct tls *t)
{
	return state_of(t, SSL_do_handshake(t->ssl));
}

enum tls_state tls_read(struct tls *t, void *room, size_t len, size_t *n_out)
{
	*n_out = 0;
	return state_of(t, SSL_read_ex(t->ssl, room, len, n_out));
}

enum tls_state tls_write(struct tls *t, struct bytes b, size_t *n_out)
{
	*n_out = 0;
	return state_of(t, SSL_write_ex(t->ssl, b.data, b.len, n_out));
}

bool tls_has_pending(const struct tls *t)
{
	return SSL_has_pending(t->ssl);
}

void tls_goodbye(struct tls *t)
{
	if (SSL_is_init_finished(t->ssl))
		(void)SSL_shutdown(t->ssl);
	ERR_clear_error();
}
