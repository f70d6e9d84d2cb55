/* SPDX-License-Identifier: Apache-2.0 */
/* gce.c - cloud_vmm_proto, as Google's gce-tcb-verifier publishes it. Numbers in the margin are fields. */

#include "evidence/gce.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/rd.h"
#include "codec/pb.h"

static void want_len(struct rd *r, const struct pb_field *f, size_t len, const char *name)
{
	if (f->bytes.len != len) {
		rd_refuse(r, CLOISTER_E_MALFORMED, name, "of another length");
		r->why->at = f->at;
	}
}

static void missing(struct rd *r, const char *name)
{
	rd_refuse(r, CLOISTER_E_MALFORMED, name, "the field is missing");
}

enum cloister_err gce_endorsement_read(struct bytes in, struct gce_endorsement *out,
				       struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(in, why ? why : &local);
	struct gce_endorsement e = { 0 };
	struct pb_field f;
	uint64_t seen = 0;

	if (in.len > LIMIT_GCE)
		return fail(why, CLOISTER_E_LIMIT, "endorsement", "larger than %u bytes", LIMIT_GCE);
	while (pb_next(&r, &f)) {
		if (f.number != 1 && f.number != 2) {
			rd_refuse(&r, CLOISTER_E_MALFORMED, "VMLaunchEndorsement", "an unknown field");
			r.why->at = f.at;
			break;
		}
		pb_want(&r, &f, PB_BYTES, &seen, f.number == 1 ? "serialized_uefi_golden" : "signature");
		*(f.number == 1 ? &e.golden : &e.signature) = f.bytes;
	}
	if (!e.golden.len)
		missing(&r, "serialized_uefi_golden");
	if (e.signature.len < LIMIT_RSA_LEAST || e.signature.len > LIMIT_RSA)
		rd_refuse(&r, CLOISTER_E_MALFORMED, "signature", "missing, or no RSA signature");
	TRY(rd_close(&r, "VMLaunchEndorsement"));
	*out = e;
	return CLOISTER_OK;
}

bool gce_looks_like(struct bytes in)
{
	/* field 1 of more than 127 bytes; a text that begins with a line end has no such byte */
	return in.len > 2 && in.data[0] == 0x0a && in.data[1] >= 0x80;
}

/* google.protobuf.Timestamp */
static uint64_t read_time(struct rd *outer, struct bytes in)
{
	struct cloister_fault why;
	struct rd r = rd_open(in, &why);
	struct pb_field f;
	uint64_t seen = 0, s = 0;

	while (pb_next(&r, &f)) {
		if (f.number != 1 && f.number != 2)
			rd_refuse(&r, CLOISTER_E_MALFORMED, "timestamp", "an unknown field");
		else
			pb_want(&r, &f, PB_VARINT, &seen, "timestamp");
		if (f.number == 1)
			s = f.value;
	}
	if (rd_close(&r, "timestamp") != CLOISTER_OK || s > INT64_MAX)
		rd_refuse(outer, CLOISTER_E_MALFORMED, "timestamp", "not a time");
	return s;
}

/* A message with an SVN as field 1 and a list as field 2, whose entries are checked with `entry`. */
typedef bool read_entry(struct bytes in, uint32_t *n_out, struct bytes *measurement_out);

static uint32_t read_list(struct rd *outer, struct bytes in, read_entry *entry, const char *name)
{
	struct cloister_fault why;
	struct rd r = rd_open(in, &why);
	struct pb_field f;
	uint64_t seen = 0;
	uint64_t svn = 0;

	while (pb_next(&r, &f)) {
		struct bytes m;
		uint32_t n;
		if (f.number == 1) {
			pb_want(&r, &f, PB_VARINT, &seen, "svn");
			svn = f.value;
		} else if (f.number == 2 && !entry(f.bytes, &n, &m)) {
			rd_refuse(&r, CLOISTER_E_MALFORMED, "measurements", "not an entry");
		}
	}
	if (rd_close(&r, name) != CLOISTER_OK || svn > UINT32_MAX)
		rd_refuse(outer, CLOISTER_E_MALFORMED, name, "its list is not of the form that is due");
	return (uint32_t)svn;
}

/* An entry of map<uint32, bytes>: key 1, value 2. Zero is not written. */
static bool read_snp(struct bytes in, uint32_t *n_out, struct bytes *measurement_out)
{
	struct cloister_fault why;
	struct rd r = rd_open(in, &why);
	struct pb_field f, value = { 0 };
	uint64_t seen = 0, key = 0;

	while (pb_next(&r, &f)) {
		if (f.number == 1) {
			pb_want(&r, &f, PB_VARINT, &seen, "key");
			key = f.value;
		} else if (f.number == 2) {
			pb_want(&r, &f, PB_BYTES, &seen, "value");
			value = f;
		} else {
			rd_refuse(&r, CLOISTER_E_MALFORMED, "entry", "an unknown field");
		}
	}
	want_len(&r, &value, GCE_MEASUREMENT_LEN, "value");
	if (rd_close(&r, "entry") != CLOISTER_OK || key > UINT32_MAX)
		return false;
	*n_out = (uint32_t)key;
	*measurement_out = value.bytes;
	return true;
}

/* Measurement: ram_gib 1, early_accept 2, mrtd 3. */
static bool read_tdx(struct bytes in, uint32_t *n_out, struct bytes *measurement_out)
{
	struct cloister_fault why;
	struct rd r = rd_open(in, &why);
	struct pb_field f, mrtd = { 0 };
	uint64_t seen = 0, gib = 0;

	while (pb_next(&r, &f)) {
		if (f.number == 1) {
			pb_want(&r, &f, PB_VARINT, &seen, "ram_gib");
			gib = f.value;
		} else if (f.number == 2) {
			pb_want(&r, &f, PB_VARINT, &seen, "early_accept");
		} else if (f.number == 3) {
			pb_want(&r, &f, PB_BYTES, &seen, "mrtd");
			mrtd = f;
		}
	}
	want_len(&r, &mrtd, GCE_MEASUREMENT_LEN, "mrtd");
	if (rd_close(&r, "measurement") != CLOISTER_OK || gib > UINT32_MAX)
		return false;
	*n_out = (uint32_t)gib;
	*measurement_out = mrtd.bytes;
	return true;
}

static void read_field(struct rd *r, const struct pb_field *f, struct gce_golden *g, uint64_t *seen)
{
	switch (f->number) {
	case 1:
		pb_want(r, f, PB_BYTES, seen, "timestamp");
		g->made_s = read_time(r, f->bytes);
		break;
	case 2:
		pb_want(r, f, PB_VARINT, seen, "cl_spec");
		g->cl_spec = f->value;
		break;
	case 3:
		pb_want(r, f, PB_BYTES, seen, "commit");
		g->commit = f->bytes;
		break;
	case 4:
		pb_want(r, f, PB_BYTES, seen, "cert");
		g->cert = f->bytes;
		break;
	case 5:
		pb_want(r, f, PB_BYTES, seen, "digest");
		want_len(r, f, GCE_MEASUREMENT_LEN, "digest");
		g->digest = f->bytes;
		break;
	case 6:
		pb_want(r, f, PB_BYTES, seen, "ca_bundle");
		g->ca_bundle = f->bytes;
		break;
	case 7:
		pb_want(r, f, PB_BYTES, seen, "sev_snp");
		g->has_snp = true;
		g->snp = f->bytes;
		g->snp_svn = read_list(r, f->bytes, read_snp, "sev_snp");
		break;
	case 8:
		pb_want(r, f, PB_BYTES, seen, "tdx");
		g->has_tdx = true;
		g->tdx = f->bytes;
		g->tdx_svn = read_list(r, f->bytes, read_tdx, "tdx");
		break;
	default:
		break; /* later additions; they are signed too */
	}
}

enum cloister_err gce_golden_read(struct bytes golden, struct gce_golden *out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(golden, why ? why : &local);
	struct gce_golden g = { 0 };
	struct pb_field f;
	uint64_t seen = 0;

	while (pb_next(&r, &f))
		read_field(&r, &f, &g, &seen);
	if (!g.cert.len)
		missing(&r, "cert");
	if (!g.has_snp && !g.has_tdx)
		missing(&r, "sev_snp or tdx");
	TRY(rd_close(&r, "VMGoldenMeasurement"));
	*out = g;
	return CLOISTER_OK;
}

/* Of a list that was read; one that is not there has no entry. */
static bool endorses(struct bytes list, read_entry *entry, struct bytes measurement, uint32_t *n_out)
{
	struct cloister_fault why;
	struct rd r = rd_open(list, &why);
	struct pb_field f;
	struct bytes m;
	uint32_t n;

	while (measurement.len == GCE_MEASUREMENT_LEN && pb_next(&r, &f))
		if (f.number == 2 && entry(f.bytes, &n, &m) &&
		    mem_same(m.data, measurement.data, GCE_MEASUREMENT_LEN)) {
			*n_out = n;
			return true;
		}
	return false;
}

bool gce_endorses_snp(const struct gce_golden *g, struct bytes measurement, uint32_t *n_out)
{
	return endorses(g->snp, read_snp, measurement, n_out);
}

bool gce_endorses_tdx(const struct gce_golden *g, struct bytes mrtd, uint32_t *n_out)
{
	return endorses(g->tdx, read_tdx, mrtd, n_out);
}
