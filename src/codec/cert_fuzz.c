/* SPDX-License-Identifier: Apache-2.0 */
/* cert_fuzz.c - whatever is accepted, in any profile, points into its input and is in order. */

#include <stdlib.h>

#include "codec/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct bytes part, struct bytes whole)
{
	if (part.data < whole.data || part.len > whole.len ||
	    (size_t)(part.data - whole.data) > whole.len - part.len)
		abort();
}

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_key(const struct cert *c)
{
	if (c->key.kind == CERT_KEY_RSA) {
		inside(c->key.modulus, c->spki);
		inside(c->key.exponent, c->spki);
		must(c->key.modulus.len >= 256 && c->key.modulus.len <= 512 && c->key.modulus.data[0]);
		must(c->key.exponent.len >= 1 && c->key.exponent.len <= 4 && c->key.exponent.data[0]);
		return;
	}
	inside(c->key.point, c->spki);
	must(c->key.point.len == (c->key.kind == CERT_KEY_P384 ? CERT_P384_LEN : CERT_P256_LEN));
	must(c->key.point.data[0] == 4);
}

static void check(const struct cert *c, const struct cert_profile *p)
{
	struct bytes value = BYTES_NONE;

	inside(c->tbs, c->der);
	inside(c->serial, c->tbs);
	inside(c->issuer, c->tbs);
	inside(c->subject, c->tbs);
	inside(c->spki, c->tbs);
	inside(c->extensions, c->tbs);
	inside(c->sig, c->der);
	check_key(c);
	must((c->key.kind & p->keys) && (c->alg & p->algs) && c->der.len <= p->max);
	must(c->not_before_s <= c->not_after_s && (!c->has_path_len || c->is_ca));
	must(c->serial.len >= 1 && c->serial.len <= 20);
	(void)cert_common_name_is(c->subject, "SEV-VCEK");
	if (cert_extension(c, BYTES_OF(((const uint8_t[]){ 0x55, 0x1d, 0x0f })), &value))
		inside(value, c->extensions);
	else
		must(!c->has_usage);
	if (name_attribute(c->subject, BYTES_OF(((const uint8_t[]){ 0x55, 0x04, 0x03 })), &value))
		inside(value, c->subject);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cert_profile *const all[] = { &cert_profile_nitro, &cert_profile_amd,
							  &cert_profile_intel, &cert_profile_token };
	struct bytes der = bytes_of(data, size);
	bool any = false;
	struct cloister_fault why;
	struct cert c;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (cert_read(der, all[i], &c, &why) == CLOISTER_OK) {
			check(&c, all[i]);
			any = true;
		} else {
			must(why.what && why.at <= size);
		}
	}
	/* What one of them takes, the one that finds out which takes too. */
	must(!any || cert_read(der, &cert_profile_any, &c, NULL) == CLOISTER_OK);
	return 0;
}
