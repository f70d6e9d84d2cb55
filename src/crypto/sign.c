/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign.c - P-384 through OpenSSL's EVP. Never asks for a passphrase, never
 * leaves an error in OpenSSL's queue for somebody else to find.
 */

#include "crypto/sign.h"

#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/sign_key.h"

#define FIELD_LEN 48

static enum cloister_err broke(struct cloister_fault *why, const char *sentence)
{
	ERR_clear_error();
	return fail(why, CLOISTER_E_NOMEM, "sign", "%s", sentence);
}

static enum cloister_err wrap(EVP_PKEY *pkey, struct sign_key **out, struct cloister_fault *why)
{
	struct sign_key *key = calloc(1, sizeof *key);

	if (!key) {
		EVP_PKEY_free(pkey);
		return fail(why, CLOISTER_E_NOMEM, "sign", "out of memory");
	}
	key->pkey = pkey;
	*out = key;
	return CLOISTER_OK;
}

enum cloister_err sign_key_new(struct sign_key **out, struct cloister_fault *why)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-384");

	if (!pkey)
		return broke(why, "no key could be made");
	return wrap(pkey, out, why);
}

void sign_key_free(struct sign_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey); /* clears the private number */
	free(key);
}

void drop_sign_key(struct sign_key **key)
{
	sign_key_free(*key);
	*key = NULL;
}

static int no_passphrase(char *buf, int size, int rwflag, void *ctx)
{
	(void)buf, (void)size, (void)rwflag, (void)ctx;
	return -1;
}

static bool is_p384(const EVP_PKEY *pkey)
{
	char group[32] = "";

	return EVP_PKEY_is_a(pkey, "EC") &&
	       EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1 &&
	       strcmp(group, "secp384r1") == 0;
}

/* That the private number belongs to the public point: a file that was damaged says no here. */
static bool is_consistent(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	bool good = ctx && EVP_PKEY_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	return good;
}

enum cloister_err sign_key_read(struct bytes pem, struct sign_key **out, struct cloister_fault *why)
{
	static const char head[] = "-----BEGIN PRIVATE KEY-----\n";

	if (pem.len < sizeof head - 1 || pem.len > SECRET_MAX ||
	    !bytes_equal(bytes_of(pem.data, sizeof head - 1), bytes_text(head)))
		return fail_at(why, 0, "key",
			       "one PEM block `PRIVATE KEY` is due, and nothing before it");
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	size_t left = bio ? BIO_ctrl_pending(bio) : 0;
	BIO_free(bio);
	ERR_clear_error();
	if (!pkey)
		return fail_at(why, 0, "key", "not a PKCS#8 private key");
	if (is_p384(pkey) && left == 0 && is_consistent(pkey))
		return wrap(pkey, out, why);
	ERR_clear_error();
	bool other = !is_p384(pkey);
	EVP_PKEY_free(pkey);
	if (other)
		return fail(why, CLOISTER_E_UNSUPPORTED, "key", "the key is not on curve P-384");
	if (left > 0)
		return fail_at(why, pem.len - left, "key", "bytes are left over");
	return fail_at(why, 0, "key", "the private number does not belong to the public point");
}

enum cloister_err sign_key_write(const struct sign_key *key, struct secret *out,
				 struct cloister_fault *why)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	struct secret s = { 0 };
	char *text = NULL;
	enum cloister_err err;

	if (bio && PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1) {
		long len = BIO_get_mem_data(bio, &text);
		err = secret_put(&s, bytes_of(text, len > 0 ? (size_t)len : 0), why);
	} else {
		err = broke(why, "the key could not be written");
	}
	BIO_free(bio);
	if (err == CLOISTER_OK)
		*out = s;
	drop_secret(&s);
	return err;
}

enum cloister_err sign_key_point(const struct sign_key *key, uint8_t out[static SIGN_POINT_LEN],
				 struct cloister_fault *why)
{
	uint8_t *point = NULL;
	size_t len = EVP_PKEY_get1_encoded_public_key(key->pkey, &point);
	bool good = len == SIGN_POINT_LEN && point[0] == 0x04;

	if (good)
		memcpy(out, point, SIGN_POINT_LEN);
	OPENSSL_free(point);
	return good ? CLOISTER_OK : broke(why, "the public point could not be written");
}

/* DER SEQUENCE { r, s } to 48 + 48 bytes. */
static bool to_raw(const uint8_t *der, size_t len, uint8_t out[static SIGN_SIG_LEN])
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	bool good = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, FIELD_LEN) == FIELD_LEN &&
		    BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + FIELD_LEN, FIELD_LEN) == FIELD_LEN;

	ECDSA_SIG_free(sig);
	return good;
}

enum cloister_err sign_es384(const struct sign_key *key, const uint8_t digest[static SHA384_LEN],
			     uint8_t sig_out[static SIGN_SIG_LEN], struct cloister_fault *why)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	uint8_t der[128], raw[SIGN_SIG_LEN];
	size_t len = sizeof der;
	bool good = ctx && EVP_PKEY_sign_init(ctx) == 1 &&
		    EVP_PKEY_sign(ctx, der, &len, digest, SHA384_LEN) == 1 && to_raw(der, len, raw);

	EVP_PKEY_CTX_free(ctx);
	if (!good)
		return broke(why, "the signature could not be made");
	memcpy(sig_out, raw, sizeof raw);
	return CLOISTER_OK;
}
