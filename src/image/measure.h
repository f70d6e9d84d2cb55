/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_MEASURE_H
#define IMAGE_MEASURE_H

/*
 * measure.h - what an enclave image will measure as, exactly as the Nitro
 * hypervisor (and our shim) computes it. Pure: no file, no clock.
 *
 *   PCR0 = H(0^48 || H(kernel || cmdline || every ramdisk))
 *   PCR1 = H(0^48 || H(kernel || cmdline || first ramdisk))
 *   PCR2 = H(0^48 || H(the other ramdisks))
 *   PCR8 = H(0^48 || H(signing certificate, DER)), zeros when unsigned
 *
 * H is SHA-384. Section borders are not in it: pin 0, 1 and 2 together.
 */

#include "base/mem.h"
#include "codec/eif.h"
#include "codec/json.h"
#include "crypto/hash.h"

#define PCR_LEN SHA384_LEN

struct measurements {
	uint8_t pcr0[PCR_LEN], pcr1[PCR_LEN], pcr2[PCR_LEN];
	uint8_t pcr8[PCR_LEN]; /* zeros when unsigned */
	bool is_signed;
};

/* Measure an image that eif_read() accepted. Refuses a signature section it cannot read. */
enum cloister_err measure(const struct eif *e, struct measurements *out, struct cloister_fault *why);

/* PCRn = H(0^48 || H(data)): the step all of them share. */
enum cloister_err measure_extend(const uint8_t digest[static PCR_LEN], uint8_t out[static PCR_LEN],
				 struct cloister_fault *why);

/* {"hash_algorithm":"SHA384","pcr0":"…","pcr1":"…","pcr2":"…"} and "pcr8" when signed. */
void measurements_put(struct json_out *w, const char *key, const struct measurements *m);

/*
 * Read that object back, or one that has it as member "measurements" (what
 * `cloister build --json` prints). Unknown members of the object are refused.
 */
enum cloister_err measurements_read(struct bytes text, struct measurements *out,
				    struct cloister_fault *why);

#endif
