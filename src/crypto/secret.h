/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_SECRET_H
#define CRYPTO_SECRET_H

/*
 * secret.h - bytes that must not outlive their use: declared with
 * own(drop_secret), compared with mem_same(), never printed.
 */

#include "base/bytes.h"
#include "base/fault.h"

#define SECRET_MAX 8192u /* bytes; a P-384 key in PEM has about 310, tokens of registries some thousand */

struct secret {
	uint8_t data[SECRET_MAX];
	size_t len;
};

/* Append; CLOISTER_E_LIMIT when it does not fit. */
enum cloister_err secret_put(struct secret *s, struct bytes b, struct cloister_fault *why);

/* Overwrite all of it and make it empty. */
void drop_secret(struct secret *s);

static inline struct bytes secret_bytes(const struct secret *s)
{
	return (struct bytes){ s->data, s->len };
}

#endif
