/* SPDX-License-Identifier: Apache-2.0 */
/* tcb_info_test.c - TCB information of our own, right and wrong in one place each. */

#include "base/test.h"
#include "evidence/tcb_info.h"

#define SIGNATURE                                                          \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" \
	"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
#define ZERO48                                                                                   \
	"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define SGX16 "{\"svn\":1,\"category\":\"BIOS\",\"type\":\"x\"},{\"svn\":2},{\"svn\":3},{\"svn\":4},{\"svn\":5}," \
	      "{\"svn\":6},{\"svn\":7},{\"svn\":8},{\"svn\":9},{\"svn\":10},{\"svn\":11},{\"svn\":12},"     \
	      "{\"svn\":13},{\"svn\":14},{\"svn\":15},{\"svn\":255}"
#define ZERO16 "{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0}," \
	       "{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0}"

#define IDENTITIES                                                                              \
	"[{\"id\":\"TDX_03\",\"mrsigner\":\"" ZERO48 "\"," \
	"\"attributes\":\"0000000000000001\",\"attributesMask\":\"FFFFFFFFFFFFFFFE\",\"tcbLevels\":[" \
	"{\"tcb\":{\"isvsvn\":7},\"tcbDate\":\"2026-02-11T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}," \
	"{\"tcb\":{\"isvsvn\":5},\"tcbDate\":\"2025-08-13T00:00:00Z\",\"tcbStatus\":\"OutOfDate\"," \
	"\"advisoryIDs\":[\"INTEL-SA-01314\"]}]}," \
	"{\"id\":\"tdx_1f\",\"mrsigner\":\"" ZERO48 "\",\"attributes\":\"0000000000000002\"," \
	"\"attributesMask\":\"FFFFFFFFFFFFFFFD\",\"tcbLevels\":[{\"tcb\":{\"isvsvn\":8}," \
	"\"tcbDate\":\"2026-02-12T00:00:00Z\",\"tcbStatus\":\"Revoked\"}]}]"

static const char tdx[] =
	"{\"tcbInfo\":{\"id\":\"TDX\",\"version\":3,\"issueDate\":\"2026-06-12T22:19:21Z\","
	"\"nextUpdate\":\"2026-07-12T22:19:21Z\",\"fmspc\":\"00806F05aB00\",\"pceId\":\"0001\","
	"\"tcbType\":0,\"tcbEvaluationDataNumber\":21,\"tdxModule\":{\"mrsigner\":\"" ZERO48 "\","
	"\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\"},"
	"\"tdxModuleIdentities\":" IDENTITIES ","
	"\"tcbLevels\":[{\"tcb\":{\"sgxtcbcomponents\":[" SGX16 "],\"pcesvn\":11,"
	"\"tdxtcbcomponents\":[" ZERO16 "]},\"tcbDate\":\"2025-05-14T00:00:00Z\","
	"\"tcbStatus\":\"ConfigurationNeeded\",\"advisoryIDs\":[\"INTEL-SA-1\",\"INTEL-SA-2\"]},"
	"{\"tcb\":{\"sgxtcbcomponents\":[" ZERO16 "],\"pcesvn\":5,\"tdxtcbcomponents\":[" ZERO16
	"]},\"tcbDate\":\"2018-01-04T00:00:00Z\",\"tcbStatus\":\"OutOfDate\"}]},"
	"\"signature\":\"" SIGNATURE "\"}";

#define SGX_LEVEL "{\"tcb\":{\"sgxtcbcomponents\":[" SGX16 "],\"pcesvn\":11}," \
		  "\"tcbDate\":\"2025-05-14T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}"

static const char sgx[] =
	"{\"tcbInfo\":{\"id\":\"SGX\",\"version\":3,\"issueDate\":\"2026-06-12T22:19:21Z\","
	"\"nextUpdate\":\"2026-07-12T22:19:21Z\",\"fmspc\":\"00806F05AB00\",\"pceId\":\"0000\","
	"\"tcbType\":0,\"tcbEvaluationDataNumber\":4294967295,\"tcbLevels\":[" SGX_LEVEL "]},"
	"\"signature\":\"" SIGNATURE "\"}";

static const char v2[] =
	"{\"tcbInfo\":{\"version\":2,\"issueDate\":\"2023-05-09T11:47:08Z\","
	"\"nextUpdate\":\"2023-06-08T11:47:08Z\",\"fmspc\":\"00606a000000\",\"pceId\":\"0000\","
	"\"tcbType\":0,\"tcbEvaluationDataNumber\":15,\"tcbLevels\":[{\"tcb\":{\"sgxtcbcomp01svn\":7,"
	"\"sgxtcbcomp02svn\":6,\"sgxtcbcomp03svn\":0,\"sgxtcbcomp04svn\":0,\"sgxtcbcomp05svn\":0,"
	"\"sgxtcbcomp06svn\":0,\"sgxtcbcomp07svn\":0,\"sgxtcbcomp08svn\":0,\"sgxtcbcomp09svn\":0,"
	"\"sgxtcbcomp10svn\":0,\"sgxtcbcomp11svn\":0,\"sgxtcbcomp12svn\":0,\"sgxtcbcomp13svn\":0,"
	"\"sgxtcbcomp14svn\":0,\"sgxtcbcomp15svn\":0,\"sgxtcbcomp16svn\":9,\"pcesvn\":65535},"
	"\"tcbDate\":\"2023-02-15T00:00:00Z\",\"tcbStatus\":\"SWHardeningNeeded\"}]},"
	"\"signature\":\"" SIGNATURE "\"}";

static struct tcb_info t;

/* `base` with the first `from` replaced. */
static struct bytes replaced(const char *base, const char *from, const char *to, struct buf *room)
{
	const char *p = strstr(base, from);

	assert_non_null(p);
	*room = (struct buf)BUF_INIT(LIMIT_PCS_JSON + 1);
	buf_put(room, base, (size_t)(p - base));
	buf_text(room, to);
	buf_text(room, p + strlen(from));
	assert_false(room->failed);
	return buf_bytes(room);
}

static void version_3_is_read(void **state)
{
	struct cloister_fault why;

	(void)state;
	WANT_OK(tcb_info_read(bytes_text(tdx), &t, &why), &why);
	assert_int_equal(t.tee, TCB_TDX);
	assert_int_equal(t.issued_s, 1781302761);
	assert_int_equal(t.next_update_s, 1781302761 + 30 * 86400);
	assert_memory_equal(t.fmspc, "\x00\x80\x6f\x05\xab\x00", 6);
	assert_memory_equal(t.pceid, "\x00\x01", 2);
	assert_int_equal(t.evaluation, 21);
	assert_int_equal(t.sent.sig[63], 0x3f);
	/* The signature is over these bytes, where they lie. */
	assert_ptr_equal(t.sent.body.data, strstr(tdx, "{\"id\":\"TDX\""));
	assert_ptr_equal(t.sent.body.data + t.sent.body.len, strstr(tdx, ",\"signature\""));
	assert_int_equal(t.n_identities, 2);
	assert_null(tcb_info_module(&t, 1));
	const struct tdx_module_identity *m = tcb_info_module(&t, 3);
	assert_int_equal(m->module.attributes[7], 1);
	assert_int_equal(m->module.attributes_mask[7], 0xfe);
	assert_int_equal(m->n, 2);
	assert_int_equal(t.module_levels[m->first + 1].isvsvn, 5);
	assert_int_equal(t.module_levels[m->first + 1].said.status, TCB_OUT_OF_DATE);
	m = tcb_info_module(&t, 0x1f);
	assert_int_equal(t.module_levels[m->first].said.status, TCB_REVOKED);
	assert_int_equal(t.n_levels, 2);
	assert_int_equal(t.levels[0].sgx[0], 1);
	assert_int_equal(t.levels[0].sgx[15], 255);
	assert_int_equal(t.levels[0].pcesvn, 11);
	assert_int_equal(t.levels[0].said.status, TCB_CONFIGURATION_NEEDED);
	assert_int_equal(t.levels[0].said.date_s, 1747180800);
	assert_int_equal(json_count(t.levels[0].said.advisories), 2);
	assert_int_equal(t.levels[1].said.advisories.type, JSON_NONE);
}

static void sgx_has_no_tdx_components(void **state)
{
	struct cloister_fault why;

	(void)state;
	WANT_OK(tcb_info_read(bytes_text(sgx), &t, &why), &why);
	assert_int_equal(t.tee, TCB_SGX);
	assert_int_equal(t.version, 3);
	assert_int_equal(t.evaluation, UINT32_MAX);
	assert_int_equal(t.levels[0].sgx[1], 2);
	assert_true(mem_is_zero(t.levels[0].tdx, sizeof t.levels[0].tdx));
	assert_false(t.has_module);
}

static void version_2_is_read(void **state)
{
	struct cloister_fault why;

	(void)state;
	WANT_OK(tcb_info_read(bytes_text(v2), &t, &why), &why);
	assert_int_equal(t.tee, TCB_SGX);
	assert_int_equal(t.version, 2);
	assert_int_equal(t.levels[0].sgx[0], 7);
	assert_int_equal(t.levels[0].sgx[1], 6);
	assert_int_equal(t.levels[0].sgx[15], 9);
	assert_int_equal(t.levels[0].pcesvn, 65535);
	assert_false(t.has_module);
}

static const struct {
	const char *name, *base, *from, *to, *field;
} bad[] = {
	{ "another envelope", tdx, "\"tcbInfo\"", "\"tcbinfo\"", "tcbInfo" },
	{ "more in the envelope", tdx, "\"signature\"", "\"x\":1,\"signature\"", "tcbInfo" },
	{ "no signature", tdx, ",\"signature\":\"" SIGNATURE "\"", "", "signature" },
	{ "short signature", tdx, "3d3e3f\"", "3d3e\"", "signature" },
	{ "signature no digits", tdx, "3d3e3f\"", "3d3e3g\"", "signature" },
	{ "signature in escapes", tdx, "3e3f\"", "3\\u0065\"", "signature" },
	{ "bytes behind", tdx, "3e3f\"}", "3e3f\"}x", "json" },
	{ "a key twice", tdx, "\"version\":3", "\"version\":3,\"version\":3", "json" },
	{ "version 4", tdx, "\"version\":3", "\"version\":4", "version" },
	{ "version 1", v2, "\"version\":2", "\"version\":1", "version" },
	{ "version a text", tdx, "\"version\":3", "\"version\":\"3\"", "version" },
	{ "version 3.0", tdx, "\"version\":3", "\"version\":3.0", "version" },
	{ "TDX in version 2", v2, "\"version\":2", "\"version\":2,\"id\":\"TDX\"", "tcbInfo" },
	{ "unknown id", tdx, "\"TDX\"", "\"TDY\"", "id" },
	{ "no id", tdx, "\"id\":\"TDX\",", "", "id" },
	{ "unknown member", tdx, "\"version\":3", "\"version\":3,\"more\":1", "tcbInfo" },
	{ "an SGX one has no TDX module", tdx, "\"TDX\"", "\"SGX\"", "tcbInfo" },
	{ "no date", tdx, "\"issueDate\"", "\"nextupdate\"", "tcbInfo" },
	{ "a date with an offset", tdx, "2026-07-12T22:19:21Z", "2026-07-12T22:19:21+00:00", "nextUpdate" },
	{ "a date with a blank", tdx, "2026-07-12T22:19:21Z", "2026-07-12 22:19:21Z", "nextUpdate" },
	{ "30 February", tdx, "2026-06-12T22:19:21Z", "2026-02-30T22:19:21Z", "issueDate" },
	{ "FMSPC short", tdx, "00806F05aB00", "00806F05aB", "fmspc" },
	{ "FMSPC no digits", tdx, "00806F05aB00", "00806F05aBxx", "fmspc" },
	{ "PCEID long", tdx, "\"0001\"", "\"000100\"", "pceId" },
	{ "tcbType 1", tdx, "\"tcbType\":0", "\"tcbType\":1", "tcbType" },
	{ "no tcbType", v2, "\"tcbType\":0,", "", "tcbType" },
	{ "evaluation number negative", tdx, "Number\":21", "Number\":-1", "tcbEvaluationDataNumber" },
	{ "evaluation number large", tdx, "Number\":21", "Number\":4294967296", "tcbEvaluationDataNumber" },
	{ "no module", tdx, "\"tdxModule\":{", "\"tdxmodule\":{", "tcbInfo" },
	{ "module unknown member", tdx, "\"FFFFFFFFFFFFFFFF\"", "\"FFFFFFFFFFFFFFFF\",\"x\":0", "tdxModule" },
	{ "module mask short", tdx, "\"FFFFFFFFFFFFFFFF\"", "\"FFFFFFFFFFFFFF\"", "attributesMask" },
	{ "module signer short", tdx, "\"mrsigner\":\"00", "\"mrsigner\":\"", "mrsigner" },
	{ "module attributes long", tdx, "\"attributes\":\"00", "\"attributes\":\"0000", "attributes" },
	{ "identity's signer short", tdx, "\"id\":\"TDX_03\",\"mrsigner\":\"00", "\"id\":\"TDX_03\",\"mrsigner\":\"", "mrsigner" },
	{ "identity's attributes short", tdx, "0000000000000001", "00000000000001", "attributes" },
	{ "identity's mask short", tdx, "FFFFFFFFFFFFFFFE", "FFFFFFFFFFFFFE", "attributesMask" },
	{ "identity 0", tdx, "TDX_03", "TDX_00", "tdxModuleIdentities" },
	{ "identity twice", tdx, "TDX_03", "TDX_1F", "tdxModuleIdentities" },
	{ "identity without digits", tdx, "TDX_03", "TDX_G3", "tdxModuleIdentities" },
	{ "identity of another name", tdx, "TDX_03", "TDX-03", "tdxModuleIdentities" },
	{ "identity of another letter", tdx, "TDX_03", "UDX_03", "tdxModuleIdentities" },
	{ "identity of another second letter", tdx, "TDX_03", "TEX_03", "tdxModuleIdentities" },
	{ "identity of another third letter", tdx, "TDX_03", "TDY_03", "tdxModuleIdentities" },
	{ "identity without a number", tdx, "TDX_03", "TDX_", "tdxModuleIdentities" },
	{ "identity with one digit", tdx, "TDX_03", "TDX_3", "tdxModuleIdentities" },
	{ "identity with three digits", tdx, "TDX_03", "TDX_003", "tdxModuleIdentities" },
	{ "identity a number", tdx, "\"TDX_03\"", "3", "tdxModuleIdentities" },
	{ "identities no list", tdx, IDENTITIES, "{}", "tdxModuleIdentities" },
	{ "identity unknown member", tdx, "\"TDX_03\"", "\"TDX_03\",\"x\":0", "tdxModuleIdentities" },
	{ "identity without levels", tdx,
	  "[{\"tcb\":{\"isvsvn\":8},\"tcbDate\":\"2026-02-12T00:00:00Z\",\"tcbStatus\":\"Revoked\"}]", "[]",
	  "tcbLevels" },
	{ "module level twice", tdx, "\"isvsvn\":5", "\"isvsvn\":7", "tcbLevels" },
	{ "module level of a platform's status", tdx, "\"Revoked\"", "\"SWHardeningNeeded\"", "tcbStatus" },
	{ "module isvsvn large", tdx, "\"isvsvn\":8", "\"isvsvn\":65536", "isvsvn" },
	{ "module tcb unknown member", tdx, "\"isvsvn\":8", "\"isvsvn\":8,\"x\":0", "tcb" },
	{ "relaunch is no level's status", tdx, "ConfigurationNeeded", "TDRelaunchAdvised", "tcbStatus" },
	{ "unknown status", tdx, "ConfigurationNeeded", "Configurationneeded", "tcbStatus" },
	{ "no status", tdx, "\"tcbStatus\":\"ConfigurationNeeded\",", "", "tcbStatus" },
	{ "level unknown member", tdx, "\"ConfigurationNeeded\"", "\"ConfigurationNeeded\",\"x\":0", "tcbLevels" },
	{ "15 components", tdx, ",{\"svn\":255}", "", "sgxtcbcomponents" },
	{ "17 components", tdx, "{\"svn\":255}", "{\"svn\":16},{\"svn\":17}", "sgxtcbcomponents" },
	{ "component large", tdx, "{\"svn\":255}", "{\"svn\":256}", "svn" },
	{ "component unknown member", tdx, "{\"svn\":255}", "{\"svn\":255,\"x\":0}", "sgxtcbcomponents" },
	{ "component a number", tdx, "{\"svn\":255}", "255", "sgxtcbcomponents" },
	{ "no pcesvn", tdx, "\"pcesvn\":11,", "", "pcesvn" },
	{ "pcesvn large", tdx, "\"pcesvn\":11", "\"pcesvn\":65536", "pcesvn" },
	{ "tcb unknown member", tdx, "\"pcesvn\":11", "\"pcesvn\":11,\"x\":0", "tcb" },
	{ "two levels for the same numbers", tdx, SGX16 "],\"pcesvn\":11", ZERO16 "],\"pcesvn\":5", "tcbLevels" },
	{ "advisories no list", tdx, "[\"INTEL-SA-1\",\"INTEL-SA-2\"]", "\"INTEL-SA-1\"", "advisoryIDs" },
	{ "advisory a number", tdx, "\"INTEL-SA-2\"", "2", "advisoryIDs" },
	{ "advisory empty", tdx, "\"INTEL-SA-2\"", "\"\"", "advisoryIDs" },
	{ "advisory with a comma", tdx, "\"INTEL-SA-2\"", "\"INTEL,SA\"", "advisoryIDs" },
	{ "advisory with an escape", tdx, "\"INTEL-SA-2\"", "\"INTEL-SA-\\u0032\"", "advisoryIDs" },
	{ "advisory with a blank", tdx, "\"INTEL-SA-2\"", "\"INTEL SA\"", "advisoryIDs" },
	{ "components an object", sgx, "[" SGX16 "]",
	  "{\"a\":{\"svn\":0},\"b\":{\"svn\":0},\"c\":{\"svn\":0},\"d\":{\"svn\":0},\"e\":{\"svn\":0},\"f\":{\"svn\":0},"
	  "\"g\":{\"svn\":0},\"h\":{\"svn\":0},\"i\":{\"svn\":0},\"j\":{\"svn\":0},\"k\":{\"svn\":0},\"l\":{\"svn\":0},"
	  "\"m\":{\"svn\":0},\"n\":{\"svn\":0},\"o\":{\"svn\":0},\"p\":{\"svn\":0}}", "sgxtcbcomponents" },
	{ "levels an object", sgx, "[" SGX_LEVEL "]", "{\"a\":" SGX_LEVEL "}", "tcbLevels" },
	{ "no levels", sgx, "[" SGX_LEVEL "]", "[]", "tcbLevels" },
	{ "TDX components in an SGX level", sgx, "\"pcesvn\":11", "\"pcesvn\":11,\"tdxtcbcomponents\":[" ZERO16 "]", "tcb" },
	{ "a module in SGX information", sgx, "\"tcbType\":0", "\"tcbType\":0,\"tdxModule\":{}", "tcbInfo" },
	{ "identities in SGX information", sgx, "\"tcbType\":0", "\"tcbType\":0,\"tdxModuleIdentities\":[]", "tcbInfo" },
	{ "TDX without TDX components", tdx, ",\"tdxtcbcomponents\":[" ZERO16 "]", "", "tdxtcbcomponents" },
	{ "version 2 component missing", v2, "\"sgxtcbcomp07svn\":0,", "", "sgxtcbcomp07svn" },
	{ "version 2 component large", v2, "\"sgxtcbcomp16svn\":9", "\"sgxtcbcomp16svn\":256", "sgxtcbcomp16svn" },
	{ "version 2 component 1 missing", v2, "\"sgxtcbcomp01svn\":7,", "", "sgxtcbcomp01svn" },
	{ "version 2 pcesvn large", v2, "\"pcesvn\":65535", "\"pcesvn\":65536", "pcesvn" },
	{ "version 2 component 17", v2, "\"pcesvn\"", "\"sgxtcbcomp17svn\":0,\"pcesvn\"", "tcb" },
	{ "version 2 with components of 3", v2, "\"version\":2", "\"id\":\"SGX\",\"version\":3", "tcb" },
};

static void one_wrong_place_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct cloister_fault why;
		struct buf room;
		struct bytes doc = replaced(bad[i].base, bad[i].from, bad[i].to, &room);
		enum cloister_err err = tcb_info_read(doc, &t, &why);
		if (err == CLOISTER_OK || strcmp(why.what, bad[i].field) != 0)
			fail_msg("%s: %s: %s", bad[i].name, err ? why.what : "accepted", why.note);
		buf_fini(&room);
	}
}

static void every_prefix_is_refused(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof tdx - 1; len++) {
		char *copy = malloc(len ? len : 1);
		memcpy(copy, tdx, len);
		assert_int_not_equal(tcb_info_read(bytes_of(copy, len), &t, NULL), CLOISTER_OK);
		free(copy);
	}
}

/* A level for each pcesvn from 0 on, `n` of them. */
static void many_levels(size_t n, struct buf *out)
{
	const char *from = strstr(tdx, "{\"tcb\":{\"sgx");

	*out = (struct buf)BUF_INIT(1u << 20);
	buf_put(out, tdx, (size_t)(from - tdx));
	for (size_t i = 0; i < n; i++)
		buf_print(out, "%s{\"tcb\":{\"sgxtcbcomponents\":[%s],\"pcesvn\":%zu,\"tdxtcbcomponents\":[%s]},"
			  "\"tcbDate\":\"2018-01-04T00:00:00Z\",\"tcbStatus\":\"OutOfDate\"}",
			  i ? "," : "", ZERO16, i, ZERO16);
	buf_text(out, "]},\"signature\":\"" SIGNATURE "\"}");
}

/* `n` identities with `each` levels, the last with `more` besides. */
static void many_identities(unsigned n, unsigned each, unsigned more, struct buf *out)
{
	struct buf list = BUF_INIT(1u << 16);

	for (unsigned i = 1; i <= n; i++) {
		buf_print(&list, "%s{\"id\":\"TDX_%02X\",\"mrsigner\":\"" ZERO48 "\",\"attributes\":\"0000000000000000\","
			  "\"attributesMask\":\"FFFFFFFFFFFFFFFF\",\"tcbLevels\":[", i > 1 ? "," : "[", i);
		for (unsigned k = 0; k < each + (i == n ? more : 0); k++)
			buf_print(&list, "%s{\"tcb\":{\"isvsvn\":%u},\"tcbDate\":\"2026-02-11T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}",
				  k ? "," : "", k);
		buf_text(&list, "]}");
	}
	buf_text(&list, "]");
	buf_byte(&list, 0);
	assert_false(list.failed);
	replaced(tdx, IDENTITIES, (const char *)list.data, out);
	buf_fini(&list);
}

/* Older information has none. */
static void identities_may_be_absent(void **state)
{
	struct cloister_fault why;
	struct buf room;

	(void)state;
	WANT_OK(tcb_info_read(replaced(tdx, "\"tdxModuleIdentities\":" IDENTITIES ",", "", &room), &t, &why), &why);
	assert_int_equal(t.n_identities, 0);
	assert_true(t.has_module);
	buf_fini(&room);
}

/* What may be good in some years is told apart from what is not good. */
static void later_versions_are_unsupported(void **state)
{
	static const char *const versions[] = { "\"version\":4", "\"version\":256", "\"version\":259" };

	(void)state;
	for (size_t i = 0; i < N_OF(versions); i++) {
		struct cloister_fault why;
		struct buf room;
		assert_int_equal(tcb_info_read(replaced(tdx, "\"version\":3", versions[i], &room), &t, &why),
				 CLOISTER_E_UNSUPPORTED);
		assert_non_null(strstr(why.note, "TCB information of version "));
		buf_fini(&room);
	}
}

static void identities_are_bounded(void **state)
{
	static const struct {
		unsigned n, each, more;
		const char *field; /* NULL: read */
		const char *note;
	} rows[] = {
		{ LIMIT_TDX_MODULES, LIMIT_MODULE_LEVELS / LIMIT_TDX_MODULES, 0, NULL, NULL },
		{ LIMIT_TDX_MODULES, LIMIT_MODULE_LEVELS / LIMIT_TDX_MODULES, 1, "tcbLevels", "too many levels" },
		{ LIMIT_TDX_MODULES + 1, 1, 0, "tdxModuleIdentities", "more than 16 entries" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_fault why;
		struct buf room;
		many_identities(rows[i].n, rows[i].each, rows[i].more, &room);
		enum cloister_err err = tcb_info_read(buf_bytes(&room), &t, &why);
		assert_int_equal(err, rows[i].field ? CLOISTER_E_LIMIT : CLOISTER_OK);
		if (err) {
			assert_string_equal(why.what, rows[i].field);
			assert_string_equal(why.note, rows[i].note);
		} else {
			assert_int_equal(t.n_identities, rows[i].n);
			assert_int_equal(t.n_module_levels, LIMIT_MODULE_LEVELS);
		}
		buf_fini(&room);
	}
}

static void levels_and_bytes_are_bounded(void **state)
{
	struct cloister_fault why;
	struct buf room;

	(void)state;
	many_levels(LIMIT_TCB_LEVELS, &room);
	WANT_OK(tcb_info_read(buf_bytes(&room), &t, &why), &why);
	buf_fini(&room);
	many_levels(LIMIT_TCB_LEVELS + 1, &room);
	assert_int_equal(tcb_info_read(buf_bytes(&room), &t, &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.what, "tcbLevels");
	assert_string_equal(why.note, "more than 64 levels");
	buf_fini(&room);
	many_levels(150, &room);
	assert_true(room.len > LIMIT_PCS_JSON);
	assert_int_equal(tcb_info_read(buf_bytes(&room), &t, &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.what, "tcbInfo");
	buf_fini(&room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_3_is_read),
		cmocka_unit_test(sgx_has_no_tdx_components),
		cmocka_unit_test(version_2_is_read),
		cmocka_unit_test(one_wrong_place_is_named),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(identities_may_be_absent),
		cmocka_unit_test(later_versions_are_unsupported),
		cmocka_unit_test(identities_are_bounded),
		cmocka_unit_test(levels_and_bytes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
