/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_SIGN_KEY_H
#define CRYPTO_SIGN_KEY_H

/* sign_key.h - what a key is inside crypto/; for sign.c and x509.c only. */

#include <openssl/evp.h>

struct sign_key {
	EVP_PKEY *pkey;
};

#endif
