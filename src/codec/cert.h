/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_CERT_H
#define CODEC_CERT_H

/*
 * cert.h - one X.509 certificate (RFC 5280), in the one profile that Nitro's
 * chains have: version 3, a P-384 key, signed with ecdsa-with-SHA384. What is
 * malformed, of another algorithm, or critical and unknown is refused. This
 * reads; it does not judge: names, times, roles and signatures are the
 * caller's to check. Views borrow from the input; nothing is allocated.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

#define CERT_POINT_LEN 97u /* 04 || x || y */
#define CERT_SIG_LEN 96u   /* r || s */

/* RFC 5280 section 4.2.1.3, as bits of `usage`. */
#define CERT_DIGITAL_SIGNATURE (1u << 0)
#define CERT_SIGNS_CERTS (1u << 5)

struct cert {
	struct bytes der;
	struct bytes tbs;     /* what the signature covers */
	struct bytes serial;  /* magnitude, 1..20 bytes */
	struct bytes issuer;  /* whole Name elements, to be compared byte by byte */
	struct bytes subject;
	uint64_t not_before_s, not_after_s; /* Unix seconds, both inclusive */
	struct bytes point;   /* CERT_POINT_LEN bytes */
	uint8_t sig[CERT_SIG_LEN];
	bool is_ca;
	bool has_path_len;
	uint32_t path_len;
	bool has_usage;
	uint32_t usage;
};

enum cloister_err cert_read(struct bytes der, struct cert *out, struct cloister_fault *why);

#endif
