/* SPDX-License-Identifier: Apache-2.0 */
/* crl_fuzz.c - whatever is accepted points into its input, and every entry that is counted is found. */

#include <stdlib.h>

#include "base/rd.h"
#include "codec/crl.h"
#include "codec/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void inside(struct bytes part, struct bytes whole)
{
	must(part.data >= whole.data && part.len <= whole.len &&
	     (size_t)(part.data - whole.data) <= whole.len - part.len);
}

static void check_entries(const struct crl *c)
{
	struct cloister_fault why;
	struct rd list = rd_open(c->entries, &why);
	size_t n = 0;

	for (; rd_ok(&list) && rd_left(&list); n++) {
		struct rd entry = der_enter(&list, DER_SEQUENCE, "entry");
		struct bytes serial = der_natural(&entry, 20, "serial");
		must(rd_ok(&list));
		if (n < 4)
			must(crl_lists(c, serial));
	}
	must(n == c->n_entries && !crl_lists(c, BYTES_NONE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cert_profile *const all[] = { &cert_profile_intel, &cert_profile_amd };
	struct bytes der = bytes_of(data, size);

	for (size_t i = 0; i < 2; i++) {
		struct cloister_fault why;
		struct crl c;
		if (crl_read(der, all[i], &c, &why) != CLOISTER_OK) {
			must(why.what && why.at <= size);
			continue;
		}
		inside(c.tbs, der);
		inside(c.issuer, c.tbs);
		inside(c.number, c.tbs);
		inside(c.sig, der);
		if (c.n_entries)
			inside(c.entries, c.tbs);
		must(c.this_update_s <= c.next_update_s && (c.alg & all[i]->algs));
		must(c.authority_key_id.len > 0 || !all[i]->crl_key_id);
		check_entries(&c);
	}
	return 0;
}
