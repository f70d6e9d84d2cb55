/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect.c - R13 to R20, one function each, every comparison in full and in
 * constant time. None of them is skipped: each answers held, failed, or that
 * the caller said "any".
 */

#include "evidence/expect.h"

#include "base/mem.h"
#include "crypto/hash.h"

#define SKEW_S 60u /* leaf certificates live three hours: little is forgiven */

typedef unsigned long long ull;

enum cloister_err cloister_expect_pcr(struct cloister_expect *e, unsigned index,
				      struct cloister_bytes value, struct cloister_fault *why)
{
	if (!e || index >= CLOISTER_PCR_COUNT)
		return fail(why, CLOISTER_E_USAGE, "pcr", "there is no PCR%u", index);
	if (value.len != CLOISTER_PCR_LEN)
		return fail(why, CLOISTER_E_USAGE, "pcr", "PCR%u has %u bytes, not %zu", index,
			    CLOISTER_PCR_LEN, value.len);
	if (mem_is_zero(value.data, value.len))
		return fail(why, CLOISTER_E_USAGE, "pcr",
			    "an all-zero PCR%u measures nothing and cannot be expected", index);
	memcpy(e->pcr[index], value.data, CLOISTER_PCR_LEN);
	e->pcr_mask |= (uint32_t)1 << index;
	e->measurements = CLOISTER_EXACTLY;
	return CLOISTER_OK;
}

static enum cloister_err field_ready(const struct cloister_field *f, size_t least, const char *name,
				     struct cloister_fault *why)
{
	if (f->want != CLOISTER_ANY && f->want != CLOISTER_EXACTLY)
		return fail(why, CLOISTER_E_USAGE, name, "say which one is expected, or any");
	if (f->want == CLOISTER_ANY)
		return CLOISTER_OK;
	if (f->value.len < least || f->value.len > LIMIT_NSM_FIELD)
		return fail(why, CLOISTER_E_USAGE, name, "%zu to %u bytes can be expected, not %zu",
			    least, LIMIT_NSM_FIELD, f->value.len);
	return CLOISTER_OK;
}

/* The program is PCR0, or PCR1 with PCR2; doc/evidence.md says what each alone would let through. */
static enum cloister_err measurements_ready(const struct cloister_expect *e,
					    struct cloister_fault *why)
{
	if (e->measurements == CLOISTER_ANY && e->pcr_mask == 0)
		return CLOISTER_OK;
	if (e->measurements != CLOISTER_EXACTLY)
		return fail(why, CLOISTER_E_USAGE, "measurements",
			    "say which are expected, or any, and not both");
	for (unsigned i = 0; i < CLOISTER_PCR_COUNT; i++)
		if ((e->pcr_mask >> i & 1) && mem_is_zero(e->pcr[i], CLOISTER_PCR_LEN))
			return fail(why, CLOISTER_E_USAGE, "measurements",
				    "an all-zero PCR%u measures nothing and cannot be expected", i);
	if (!(e->pcr_mask & 1) && (e->pcr_mask & 6) != 6)
		return fail(why, CLOISTER_E_USAGE, "measurements",
			    "expect PCR0, or PCR1 and PCR2: no other PCR says which program runs");
	return CLOISTER_OK;
}

enum cloister_err expect_ready(const struct cloister_expect *e, struct cloister_fault *why)
{
	TRY(field_ready(&e->nonce, 1, "nonce", why));
	TRY(field_ready(&e->user_data, 0, "user_data", why));
	TRY(field_ready(&e->public_key, 1, "public_key", why));
	TRY(measurements_ready(e, why));
	if (e->max_age_s == 0)
		return fail(why, CLOISTER_E_USAGE, "max_age", "say how old it may be, or any");
	return CLOISTER_OK;
}

static void check_timestamp(const struct nitro_doc *d, uint64_t now_s, struct cloister_verdict *v)
{
	uint64_t made_s = d->timestamp_ms / 1000;

	if (made_s > now_s && made_s - now_s > SKEW_S)
		verdict_failed(v, CLOISTER_CHECK_TIMESTAMP, "made %llu s after the chosen time",
			       (ull)(made_s - now_s));
	else
		verdict_held(v, CLOISTER_CHECK_TIMESTAMP, "made %llu s before the chosen time",
			     (ull)(made_s > now_s ? 0 : now_s - made_s));
}

static void check_age(const struct cloister_expect *e, const struct nitro_doc *d, uint64_t now_s,
		      struct cloister_verdict *v)
{
	uint64_t made_s = d->timestamp_ms / 1000;
	uint64_t age_s = made_s > now_s ? 0 : now_s - made_s;

	if (e->max_age_s == CLOISTER_AGE_ANY)
		verdict_waived(v, CLOISTER_CHECK_AGE,
			       "any age is accepted; the certificates bound it to their validity");
	else if (age_s > e->max_age_s)
		verdict_failed(v, CLOISTER_CHECK_AGE, "%llu s old, at most %llu s are allowed",
			       (ull)age_s, (ull)e->max_age_s);
	else
		verdict_held(v, CLOISTER_CHECK_AGE, "%llu s old", (ull)age_s);
}

static bool is_listed(const struct nitro_doc *d, unsigned i)
{
	return d->pcr_mask >> i & 1;
}

bool expect_is_debug(const struct nitro_doc *d)
{
	for (unsigned i = 0; i <= 2; i++)
		if (is_listed(d, i) && mem_is_zero(d->pcr[i].data, NITRO_PCR_LEN))
			return true;
	return false;
}

static void check_debug(const struct cloister_expect *e, const struct nitro_doc *d,
			struct cloister_verdict *v)
{
	if ((d->pcr_mask & 7) != 7)
		verdict_failed(v, CLOISTER_CHECK_DEBUG,
			       "PCR0, PCR1 or PCR2 is missing, so nothing says that it is not");
	else if (!expect_is_debug(d))
		verdict_held(v, CLOISTER_CHECK_DEBUG, "%s", "");
	else if (e->allow_debug)
		verdict_waived(v, CLOISTER_CHECK_DEBUG,
			       "a debug enclave, allowed by the caller: its host can read its console");
	else
		verdict_failed(v, CLOISTER_CHECK_DEBUG,
			       "a debug enclave: PCR0, PCR1 or PCR2 is all zeros");
}

static void check_measurements(const struct cloister_expect *e, const struct nitro_doc *d,
			       struct cloister_verdict *v)
{
	if (e->measurements == CLOISTER_ANY) {
		verdict_waived(v, CLOISTER_CHECK_MEASUREMENTS,
			       "any program is accepted by the caller");
		return;
	}
	for (unsigned i = 0; i < CLOISTER_PCR_COUNT; i++) {
		if (!(e->pcr_mask >> i & 1))
			continue;
		if (!is_listed(d, i))
			verdict_failed(v, CLOISTER_CHECK_MEASUREMENTS, "PCR%u is not in the document",
				       i);
		else if (!mem_same(d->pcr[i].data, e->pcr[i], CLOISTER_PCR_LEN))
			verdict_failed(v, CLOISTER_CHECK_MEASUREMENTS,
				       expect_is_debug(d) ?
					       "PCR%u is not what was expected; a debug enclave "
					       "cannot say what runs in it" :
					       "PCR%u is not what was expected",
				       i);
	}
	verdict_held(v, CLOISTER_CHECK_MEASUREMENTS, "%d PCRs compared",
		     __builtin_popcount(e->pcr_mask));
}

/* The instance id in "<instance id>-enc<enclave id>"; empty when it has another form. */
static struct bytes instance_of(struct bytes module_id)
{
	for (size_t i = module_id.len; i-- > 1;)
		if (module_id.len - i >= 4 &&
		    bytes_equal(bytes_of(module_id.data + i, 4), bytes_text("-enc")))
			return bytes_of(module_id.data, i);
	return BYTES_NONE;
}

/* PCR4 = SHA-384(48 zero bytes || instance id): a free cross-check, true of all real documents. */
static enum cloister_err check_instance(const struct nitro_doc *d, struct cloister_verdict *v,
					struct cloister_fault *why)
{
	uint8_t input[SHA384_LEN + LIMIT_MODULE_ID] = { 0 }, pcr4[SHA384_LEN];
	struct bytes id = instance_of(d->module_id);

	if (id.len == 0) {
		verdict_failed(v, CLOISTER_CHECK_INSTANCE, "module_id names no instance");
		return CLOISTER_OK;
	}
	memcpy(input + SHA384_LEN, id.data, id.len);
	TRY(hash_sha384(bytes_of(input, SHA384_LEN + id.len), pcr4, why));
	if (!is_listed(d, 4))
		verdict_failed(v, CLOISTER_CHECK_INSTANCE, "PCR4 is not in the document");
	else if (!mem_same(d->pcr[4].data, pcr4, SHA384_LEN))
		verdict_failed(v, CLOISTER_CHECK_INSTANCE,
			       "PCR4 was extended with another instance than module_id names");
	else
		verdict_held(v, CLOISTER_CHECK_INSTANCE, "%s", "");
	return CLOISTER_OK;
}

static void check_field(const struct cloister_field *want, struct bytes is, enum cloister_check c,
			struct cloister_verdict *v)
{
	struct bytes due = borrow(want->value);

	if (want->want == CLOISTER_ANY && !is.data)
		verdict_waived(v, c, "any is accepted; the document has none");
	else if (want->want == CLOISTER_ANY)
		verdict_waived(v, c, "any is accepted; the document has one of %zu bytes", is.len);
	else if (!is.data)
		verdict_failed(v, c, "the document has none");
	else if (is.len != due.len || (is.len > 0 && !mem_same(is.data, due.data, is.len)))
		verdict_failed(v, c, "not the one that was expected");
	else
		verdict_held(v, c, "%zu bytes compared", is.len);
}

enum cloister_err expect_check(const struct cloister_expect *e, const struct nitro_doc *d,
			       uint64_t now_s, struct cloister_verdict *v,
			       struct cloister_fault *why)
{
	check_timestamp(d, now_s, v);
	check_age(e, d, now_s, v);
	check_debug(e, d, v);
	check_measurements(e, d, v);
	TRY(check_instance(d, v, why));
	check_field(&e->nonce, d->nonce, CLOISTER_CHECK_NONCE, v);
	check_field(&e->user_data, d->user_data, CLOISTER_CHECK_USER_DATA, v);
	check_field(&e->public_key, d->public_key, CLOISTER_CHECK_PUBLIC_KEY, v);
	return CLOISTER_OK;
}
