/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nsm.c - the NSM protocol: one CBOR request, one CBOR reply. Reads the whole
 * request before it does anything; never changes a PCR on an error. The
 * messages, their errors and the document's layout are those of AWS's device,
 * as doc/emulator.md lists them.
 */

#include "enclave/nsm.h"

#include "codec/cbor.h"
#include "codec/cose.h"

/* Errors as the guest reads them. */
#define INVALID_ARGUMENT "InvalidArgument"
#define INVALID_INDEX "InvalidIndex"
#define READ_ONLY_INDEX "ReadOnlyIndex"
#define INVALID_OPERATION "InvalidOperation"
#define BUFFER_TOO_SMALL "BufferTooSmall"
#define INPUT_TOO_LARGE "InputTooLarge"
#define INTERNAL_ERROR "InternalError"

/* Everything a request can carry. */
enum member { INDEX, RANGE, DATA, USER_DATA, NONCE, PUBLIC_KEY };
static const char *const member_names[] = {
	"index", "range", "data", "user_data", "nonce", "public_key",
};

struct request {
	uint64_t index, range;
	struct bytes data, user_data, nonce, public_key;
};

/*
 * One request being answered. `error` is NULL while all is well; a host that
 * failed leaves its fault in `why` beside it.
 */
struct turn {
	struct nsm *n;
	uint64_t now_ms;
	struct request q;
	struct wr w; /* the reply */
	const char *error;
	struct cloister_fault why;
};

static void refuse(struct turn *t, const char *error)
{
	if (!t->error)
		t->error = error;
}

static void host_failed(struct turn *t, enum cloister_err err)
{
	if (err == CLOISTER_OK)
		return;
	t->why.err = err;
	refuse(t, INTERNAL_ERROR);
}

static bool is_locked(const struct nsm *n, uint64_t index)
{
	return n->locked >> index & 1;
}

/* {operation: {member: — the value, or values, follow. */
static void open_reply(struct turn *t, const char *operation, unsigned n_members)
{
	cbor_put_map(&t->w, 1);
	cbor_put_text(&t->w, operation);
	cbor_put_map(&t->w, n_members);
}

static void get_random(struct turn *t)
{
	uint8_t bytes[NSM_RANDOM_LEN] = { 0 };

	host_failed(t, t->n->host.random(t->n->host.ctx, bytes, sizeof bytes, &t->why));
	open_reply(t, "GetRandom", 1);
	cbor_put_text(&t->w, "random");
	cbor_put_bstr(&t->w, BYTES_OF(bytes));
	mem_wipe(bytes, sizeof bytes);
}

static void describe_nsm(struct turn *t)
{
	open_reply(t, "DescribeNSM", 7);
	cbor_put_text(&t->w, "version_major");
	cbor_put_uint(&t->w, 1);
	cbor_put_text(&t->w, "version_minor");
	cbor_put_uint(&t->w, 0);
	cbor_put_text(&t->w, "version_patch");
	cbor_put_uint(&t->w, 0);
	cbor_put_text(&t->w, "module_id");
	cbor_put_text(&t->w, t->n->module_id);
	cbor_put_text(&t->w, "max_pcrs");
	cbor_put_uint(&t->w, LIMIT_PCRS);
	cbor_put_text(&t->w, "locked_pcrs");
	cbor_put_array(&t->w, (uint64_t)__builtin_popcount(t->n->locked));
	for (unsigned i = 0; i < LIMIT_PCRS; i++)
		if (is_locked(t->n, i))
			cbor_put_uint(&t->w, i);
	cbor_put_text(&t->w, "digest");
	cbor_put_text(&t->w, "SHA384");
}

static void describe_pcr(struct turn *t)
{
	if (t->q.index >= LIMIT_PCRS)
		return refuse(t, INVALID_INDEX);
	open_reply(t, "DescribePCR", 2);
	cbor_put_text(&t->w, "lock");
	cbor_put_bool(&t->w, is_locked(t->n, t->q.index));
	cbor_put_text(&t->w, "data");
	cbor_put_bstr(&t->w, BYTES_OF(t->n->pcr[t->q.index]));
}

/* PCR = H(PCR || data), the data as it comes. */
static enum cloister_err extend(uint8_t pcr[static PCR_LEN], struct bytes data,
				struct cloister_fault *why)
{
	own(drop_hash) struct hash *h = NULL;

	TRY(hash_new(HASH_SHA384, &h, why));
	hash_update(h, bytes_of(pcr, PCR_LEN));
	hash_update(h, data);
	return hash_final(h, pcr, why);
}

static void extend_pcr(struct turn *t)
{
	if (t->q.index >= LIMIT_PCRS)
		return refuse(t, INVALID_INDEX);
	if (is_locked(t->n, t->q.index))
		return refuse(t, READ_ONLY_INDEX);
	host_failed(t, extend(t->n->pcr[t->q.index], t->q.data, &t->why));
	open_reply(t, "ExtendPCR", 1);
	cbor_put_text(&t->w, "data");
	cbor_put_bstr(&t->w, BYTES_OF(t->n->pcr[t->q.index]));
}

static void lock_pcr(struct turn *t)
{
	if (t->q.index >= LIMIT_PCRS)
		return refuse(t, INVALID_INDEX);
	if (is_locked(t->n, t->q.index))
		return refuse(t, READ_ONLY_INDEX);
	t->n->locked |= 1u << t->q.index;
	cbor_put_text(&t->w, "LockPCR");
}

/* `range` is exclusive: 17 locks 0..16. Locking again what is locked is fine here. */
static void lock_pcrs(struct turn *t)
{
	if (t->q.range > LIMIT_PCRS)
		return refuse(t, INVALID_INDEX);
	for (unsigned i = 0; i < t->q.range; i++)
		t->n->locked |= 1u << i;
	cbor_put_text(&t->w, "LockPCRs");
}

/* The payload, members in the order of real documents. */
static void put_payload(struct wr *w, const struct turn *t, const struct nsm_identity *who)
{
	cbor_put_map(w, 9);
	cbor_put_text(w, "module_id");
	cbor_put_text(w, t->n->module_id);
	cbor_put_text(w, "digest");
	cbor_put_text(w, "SHA384");
	cbor_put_text(w, "timestamp");
	cbor_put_uint(w, t->now_ms);
	cbor_put_text(w, "pcrs");
	cbor_put_map(w, (uint64_t)__builtin_popcount(t->n->locked));
	for (unsigned i = 0; i < LIMIT_PCRS; i++) {
		if (!is_locked(t->n, i))
			continue;
		cbor_put_uint(w, i);
		cbor_put_bstr(w, BYTES_OF(t->n->pcr[i]));
	}
	cbor_put_text(w, "certificate");
	cbor_put_bstr(w, who->certificate);
	cbor_put_text(w, "cabundle");
	cbor_put_array(w, who->n_cabundle);
	for (size_t i = 0; i < who->n_cabundle; i++)
		cbor_put_bstr(w, who->cabundle[i]);
	cbor_put_text(w, "public_key");
	cbor_put_bstr_or_null(w, t->q.public_key);
	cbor_put_text(w, "user_data");
	cbor_put_bstr_or_null(w, t->q.user_data);
	cbor_put_text(w, "nonce");
	cbor_put_bstr_or_null(w, t->q.nonce);
}

/* RFC 9052 section 4.4: the signature is over the head and the payload's own bytes. */
static enum cloister_err sign(struct turn *t, struct cose_sign1 *doc,
			      uint8_t sig[static SIGN_SIG_LEN])
{
	own(drop_hash) struct hash *h = NULL;
	uint8_t room[COSE_HEAD_ROOM], digest[SHA384_LEN];
	struct bytes head;

	TRY(cose_sign1_head(doc, room, sizeof room, &head, &t->why));
	TRY(hash_new(HASH_SHA384, &h, &t->why));
	hash_update(h, head);
	hash_update(h, doc->payload);
	TRY(hash_final(h, digest, &t->why));
	TRY(t->n->host.sign(t->n->host.ctx, digest, sig, &t->why));
	doc->signature = bytes_of(sig, SIGN_SIG_LEN);
	return CLOISTER_OK;
}

/* One document into `room`; its bytes are what was signed and nothing else. */
static enum cloister_err make_document(struct turn *t, uint8_t *room, size_t room_len,
				       struct bytes *out)
{
	uint8_t payload[LIMIT_NSM_RESPONSE], sig[SIGN_SIG_LEN];
	struct cose_sign1 doc = { .protected_header = cose_header_es384 };
	struct nsm_identity who = { 0 };
	struct wr w = wr_open(payload, sizeof payload);

	TRY(t->n->host.identity(t->n->host.ctx, t->now_ms, &who, &t->why));
	put_payload(&w, t, &who);
	TRY(wr_close(&w, "attestation document", &doc.payload, &t->why));
	TRY(sign(t, &doc, sig));
	w = wr_open(room, room_len);
	cose_sign1_put(&w, &doc);
	return wr_close(&w, "attestation document", out, &t->why);
}

static void attestation(struct turn *t)
{
	uint8_t room[LIMIT_NSM_RESPONSE];
	struct bytes document = BYTES_NONE;
	const struct request *q = &t->q;

	if (q->user_data.len > LIMIT_NSM_FIELD || q->nonce.len > LIMIT_NSM_FIELD ||
	    q->public_key.len > LIMIT_NSM_FIELD)
		return refuse(t, INPUT_TOO_LARGE);
	/* AWS: a public key that is there has 1..1024 bytes; an empty one is a bad document. */
	if (q->public_key.data && q->public_key.len == 0)
		return refuse(t, INVALID_ARGUMENT);
	host_failed(t, make_document(t, room, sizeof room, &document));
	open_reply(t, "Attestation", 1);
	cbor_put_text(&t->w, "document");
	cbor_put_bstr(&t->w, document);
}

#define HAS(member) (1u << (member))

/* Operations without members are a text, the others {name: {member: value, …}}. */
static const struct operation {
	const char *name;
	unsigned must, may; /* members */
	void (*answer)(struct turn *t);
} operations[] = {
	{ "GetRandom", 0, 0, get_random },
	{ "DescribeNSM", 0, 0, describe_nsm },
	{ "DescribePCR", HAS(INDEX), 0, describe_pcr },
	{ "ExtendPCR", HAS(INDEX) | HAS(DATA), 0, extend_pcr },
	{ "LockPCR", HAS(INDEX), 0, lock_pcr },
	{ "LockPCRs", HAS(RANGE), 0, lock_pcrs },
	{ "Attestation", 0, HAS(USER_DATA) | HAS(NONCE) | HAS(PUBLIC_KEY), attestation },
};

static void read_member(struct rd *r, enum member m, struct request *q)
{
	const char *field = member_names[m];

	switch (m) {
	case INDEX:
		q->index = cbor_uint(r, UINT16_MAX, field);
		break;
	case RANGE:
		q->range = cbor_uint(r, UINT16_MAX, field);
		break;
	case DATA:
		q->data = cbor_bstr(r, 0, SIZE_MAX, field);
		break;
	case USER_DATA:
		q->user_data = cbor_bstr_or_null(r, 0, SIZE_MAX, field);
		break;
	case NONCE:
		q->nonce = cbor_bstr_or_null(r, 0, SIZE_MAX, field);
		break;
	case PUBLIC_KEY:
		q->public_key = cbor_bstr_or_null(r, 0, SIZE_MAX, field);
		break;
	}
}

static const struct operation *find_operation(struct rd *r)
{
	struct bytes name = cbor_tstr(r, 1, 32, "operation");

	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (bytes_are(name, operations[i].name))
			return &operations[i];
	rd_want(r, false, "operation");
	return NULL;
}

static void read_members(struct rd *r, const struct operation *op, struct request *q)
{
	const size_t n_names = sizeof member_names / sizeof *member_names;
	struct cbor_walk w = cbor_map(r, CBOR_EITHER, n_names, op->name);
	size_t which;

	while (cbor_next_name(r, &w, member_names, n_names, &which))
		read_member(r, (enum member)which, q);
	rd_want(r, (w.seen & op->must) == op->must && !(w.seen & ~(uint64_t)(op->must | op->may)),
		op->name);
}

/* NULL for whatever is not one whole request that we know. */
static const struct operation *read_request(struct bytes in, struct request *q)
{
	struct cloister_fault why;
	struct rd r = rd_open(in, &why);
	const struct operation *op;

	if (cbor_peek(&r) == CBOR_TSTR) {
		op = find_operation(&r);
		rd_want(&r, op && !op->must && !op->may, "operation");
	} else {
		struct cbor_walk w = cbor_map(&r, CBOR_EITHER, 1, "request");
		rd_want(&r, cbor_next(&r, &w), "request");
		op = find_operation(&r);
		rd_want(&r, op && (op->must || op->may), "operation");
		if (rd_ok(&r))
			read_members(&r, op, q);
		(void)cbor_next(&r, &w); /* the break of an open map */
	}
	return rd_close(&r, "request") == CLOISTER_OK ? op : NULL;
}

static struct bytes error_reply(const char *error, uint8_t *room, size_t room_len)
{
	struct wr w = wr_open(room, room_len);

	cbor_put_map(&w, 1);
	cbor_put_text(&w, "Error");
	cbor_put_text(&w, error);
	return bytes_of(room, w.len);
}

enum cloister_err nsm_answer(struct nsm *n, uint64_t now_ms, struct bytes request,
			     uint8_t room[static LIMIT_NSM_RESPONSE], struct bytes *response_out,
			     struct cloister_fault *why)
{
	struct turn t = { .n = n, .now_ms = now_ms, .w = wr_open(room, LIMIT_NSM_RESPONSE) };
	const struct operation *op = NULL;

	if (request.len > LIMIT_NSM_REQUEST)
		refuse(&t, INPUT_TOO_LARGE);
	else if (!(op = read_request(request, &t.q)))
		refuse(&t, INVALID_OPERATION);
	else
		op->answer(&t);
	if (t.w.full)
		refuse(&t, BUFFER_TOO_SMALL);
	*response_out =
		t.error ? error_reply(t.error, room, LIMIT_NSM_RESPONSE) : bytes_of(room, t.w.len);
	if (why)
		*why = t.why;
	return t.why.err;
}

/* `<instance-id>-enc<16 hex>`, the instance id "i-" and 17 hex, in lower case. */
static bool is_module_id(const char *id)
{
	static const char shape[] = "i-hhhhhhhhhhhhhhhhh-enchhhhhhhhhhhhhhhh";
	_Static_assert(sizeof shape - 1 == NSM_MODULE_ID_LEN, "lengths agree");

	if (strlen(id) != NSM_MODULE_ID_LEN)
		return false;
	for (size_t i = 0; i < NSM_MODULE_ID_LEN; i++) {
		bool is_hex = (id[i] >= '0' && id[i] <= '9') || (id[i] >= 'a' && id[i] <= 'f');
		if (shape[i] == 'h' ? !is_hex : id[i] != shape[i])
			return false;
	}
	return true;
}

enum cloister_err nsm_init(const char *module_id, const struct measurements *image, bool is_debug,
			   struct nsm_host host, struct nsm *out, struct cloister_fault *why)
{
	struct nsm n = { .locked = (1u << NSM_LOCKED_AT_START) - 1, .host = host };

	if (!is_module_id(module_id))
		return fail(why, CLOISTER_E_USAGE, "nsm.module_id",
			    "`%.64s` is not i-<17 hex>-enc<16 hex>", module_id);
	memcpy(n.module_id, module_id, sizeof n.module_id);
	if (!is_debug) {
		memcpy(n.pcr[0], image->pcr0, PCR_LEN);
		memcpy(n.pcr[1], image->pcr1, PCR_LEN);
		memcpy(n.pcr[2], image->pcr2, PCR_LEN);
		memcpy(n.pcr[8], image->pcr8, PCR_LEN);
	}
	/* The instance id itself, with no hash inside: unlike PCR0..2 and 8. */
	TRY(extend(n.pcr[4], bytes_of(module_id, NSM_INSTANCE_ID_LEN), why));
	*out = n;
	return CLOISTER_OK;
}
