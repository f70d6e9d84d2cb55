/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pck.c - "Intel SGX PCK Certificate and Certificate Revocation List Profile
 * Specification", section 1.3.5. Each item is SEQUENCE {OID, value} and stands
 * where Intel puts it; another order, a repeat or a stranger is refused.
 */

#include "evidence/pck.h"

#include "base/rd.h"
#include "codec/der.h"

/* 1.2.840.113741.1.13.1 */
static const uint8_t base_oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01 };

const struct bytes pck_extension_oid = { base_oid, sizeof base_oid };

/* Enter the next item, whose OID is the base followed by `tail`. */
static struct rd item(struct rd *r, struct bytes tail, const char *field)
{
	struct rd in = der_enter(r, DER_SEQUENCE, field);
	struct bytes oid = der_take(&in, DER_OID, field);

	rd_want(&in, oid.len == sizeof base_oid + tail.len &&
			bytes_equal(bytes_of(oid.data, sizeof base_oid), pck_extension_oid) &&
			bytes_equal(bytes_of(oid.data + sizeof base_oid, tail.len), tail), field);
	return in;
}

static void done(struct rd *in, const char *field)
{
	(void)rd_close(in, field);
}

static struct bytes octets(struct rd *r, uint8_t last, size_t len, const char *field)
{
	struct rd in = item(r, bytes_of(&last, 1), field);
	struct bytes b = der_take(&in, DER_OCTET_STRING, field);

	rd_want(&in, b.len == len, field);
	done(&in, field);
	return rd_ok(r) ? b : BYTES_NONE;
}

/* An INTEGER 0..max; zero is written as one zero byte. */
static uint16_t number(struct rd *r, uint8_t last, uint16_t max, const char *field)
{
	const uint8_t tail[] = { 2, last };
	struct rd in = item(r, BYTES_OF(tail), field);
	struct bytes b = der_take(&in, DER_INTEGER, field);
	uint32_t n = 0;

	rd_want(&in, b.len >= 1 && b.len <= 3 && b.data[0] < 0x80 &&
			(b.len == 1 || b.data[0] != 0 || b.data[1] >= 0x80), field);
	for (size_t i = 0; i < b.len; i++)
		n = n << 8 | b.data[i];
	rd_want(&in, n <= max, field);
	done(&in, field);
	return (uint16_t)n;
}

static void tcb(struct rd *r, struct pck *p)
{
	const uint8_t tail[] = { 2 }, tail_cpu_svn[] = { 2, 18 };
	struct rd in = item(r, BYTES_OF(tail), "tcb");
	struct rd list = der_enter(&in, DER_SEQUENCE, "tcb");

	for (uint8_t i = 0; i < sizeof p->components; i++)
		p->components[i] = (uint8_t)number(&list, i + 1, UINT8_MAX, "tcb component svn");
	p->pcesvn = number(&list, 17, UINT16_MAX, "pcesvn");
	struct rd cpu = item(&list, BYTES_OF(tail_cpu_svn), "cpusvn");
	p->cpu_svn = der_take(&cpu, DER_OCTET_STRING, "cpusvn");
	rd_want(&cpu, p->cpu_svn.len == 16, "cpusvn");
	done(&cpu, "cpusvn");
	done(&list, "tcb");
	done(&in, "tcb");
}

static bool boolean(struct rd *r, uint8_t last, const char *field)
{
	const uint8_t tail[] = { 7, last };
	struct rd in = item(r, BYTES_OF(tail), field);
	struct bytes b = der_take(&in, DER_BOOLEAN, field);

	rd_want(&in, b.len == 1 && (b.data[0] == 0 || b.data[0] == 0xff), field);
	done(&in, field);
	return rd_ok(r) && b.data[0] == 0xff;
}

static void configuration(struct rd *r, struct pck *p)
{
	const uint8_t tail[] = { 7 };
	struct rd in = item(r, BYTES_OF(tail), "configuration");
	struct rd list = der_enter(&in, DER_SEQUENCE, "configuration");

	p->dynamic_platform = boolean(&list, 1, "dynamic platform");
	p->cached_keys = boolean(&list, 2, "cached keys");
	p->smt = boolean(&list, 3, "smt enabled");
	done(&list, "configuration");
	done(&in, "configuration");
}

enum cloister_err pck_read(struct bytes value, struct pck *out, struct cloister_fault *why)
{
	const uint8_t type_tail[] = { 5 };
	struct cloister_fault local;
	struct rd r = rd_open(value, why ? why : &local);
	struct pck p = { 0 };

	struct rd list = der_enter(&r, DER_SEQUENCE, "pck extension");
	p.ppid = octets(&list, 1, 16, "ppid");
	tcb(&list, &p);
	p.pceid = octets(&list, 3, 2, "pceid");
	p.fmspc = octets(&list, 4, 6, "fmspc");
	struct rd type = item(&list, BYTES_OF(type_tail), "sgx type");
	struct bytes t = der_take(&type, DER_ENUMERATED, "sgx type");
	rd_want(&type, t.len == 1 && t.data[0] <= 2, "sgx type");
	done(&type, "sgx type");
	p.sgx_type = rd_ok(&r) ? t.data[0] : 0;
	p.has_platform = rd_left(&list) != 0;
	if (p.has_platform) {
		p.platform_id = octets(&list, 6, 16, "platform instance id");
		configuration(&list, &p);
	}
	done(&list, "pck extension");
	TRY(rd_close(&r, "pck extension"));
	*out = p;
	return CLOISTER_OK;
}
