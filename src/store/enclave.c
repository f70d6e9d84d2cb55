/* SPDX-License-Identifier: Apache-2.0 */
/* enclave.c - enclaves, the table of their states, their history and sealed credentials. */

#include "store/enclave.h"

#include "base/limits.h"
#include "store/sql.h"

#define BIT(status) (1u << STORE_##status)

/*
 * What may follow what. A batch ends by itself (DESTROYED), a service is
 * started again (DEPLOYING), a pause or resume that does not work leaves the
 * enclave as it was, and a build that fails does so before anything runs.
 */
static const uint32_t follows[STORE_STATUSES + 1] = {
	[0] = BIT(PENDING_BUILD) | BIT(PENDING_DEPLOY),
	[STORE_PENDING_BUILD] = BIT(BUILDING) | BIT(BUILD_FAILED) | BIT(PENDING_DESTROY),
	[STORE_BUILDING] = BIT(PENDING_DEPLOY) | BIT(BUILD_FAILED) | BIT(PENDING_DESTROY),
	[STORE_BUILD_FAILED] = BIT(PENDING_BUILD) | BIT(PENDING_DEPLOY) | BIT(PENDING_DESTROY),
	[STORE_PENDING_DEPLOY] = BIT(DEPLOYING) | BIT(BUILD_FAILED) | BIT(FAILED) | BIT(PENDING_DESTROY),
	[STORE_DEPLOYING] = BIT(DEPLOYED) | BIT(BUILD_FAILED) | BIT(FAILED) | BIT(DESTROYED) |
			    BIT(PENDING_DESTROY),
	[STORE_DEPLOYED] = BIT(PAUSING) | BIT(DEPLOYING) | BIT(FAILED) | BIT(DESTROYED) |
			   BIT(PENDING_DESTROY),
	[STORE_PAUSING] = BIT(PAUSED) | BIT(DEPLOYED) | BIT(FAILED) | BIT(DESTROYED) |
			  BIT(PENDING_DESTROY),
	[STORE_PAUSED] = BIT(RESUMING) | BIT(FAILED) | BIT(PENDING_DESTROY),
	[STORE_RESUMING] = BIT(DEPLOYED) | BIT(PAUSED) | BIT(FAILED) | BIT(DESTROYED) |
			   BIT(PENDING_DESTROY),
	[STORE_PENDING_DESTROY] = BIT(DESTROYING) | BIT(DESTROYED) | BIT(FAILED),
	[STORE_DESTROYING] = BIT(DESTROYED) | BIT(FAILED),
	[STORE_DESTROYED] = 0,
	[STORE_FAILED] = BIT(PENDING_DEPLOY) | BIT(PENDING_DESTROY),
};

static const char *const names[STORE_STATUSES + 1] = {
	"?", "PENDING_BUILD", "BUILDING", "BUILD_FAILED", "PENDING_DEPLOY", "DEPLOYING", "DEPLOYED",
	"PAUSING", "PAUSED", "RESUMING", "PENDING_DESTROY", "DESTROYING", "DESTROYED", "FAILED",
};

const char *store_status_name(enum store_status status)
{
	return names[(unsigned)status <= STORE_STATUSES ? status : 0];
}

bool store_status_read(struct bytes name, enum store_status *out)
{
	for (unsigned i = 1; i <= STORE_STATUSES; i++)
		if (bytes_are(name, names[i])) {
			*out = (enum store_status)i;
			return true;
		}
	return false;
}

bool store_status_follows(enum store_status was, enum store_status is_now)
{
	return (unsigned)was <= STORE_STATUSES && (unsigned)is_now <= STORE_STATUSES &&
	       (follows[was] >> is_now & 1);
}

static bool has_failed(enum store_status status)
{
	return status == STORE_FAILED || status == STORE_BUILD_FAILED;
}

#define ENCLAVE_COLUMNS                                                                           \
	"SELECT seq, id, account, wallet, name, description, region, provider_id, provider_config," \
	" github, ports, source_type, build_id, build_status, build_log_group, status,"             \
	" error_message, exit_code, restarts, image_digest, made_ms, changed_ms FROM enclaves"

static void take_enclave(struct sql *q, struct store_enclave *e)
{
	e->seq = sql_take_int(q);
	sql_take_id(q, e->id);
	e->account = sql_take_int(q);
	sql_take(q, &e->wallet);
	sql_take(q, &e->name);
	sql_take(q, &e->description);
	sql_take(q, &e->region);
	sql_take(q, &e->provider_id);
	sql_take(q, &e->provider_config);
	sql_take(q, &e->github);
	sql_take(q, &e->ports);
	sql_take(q, &e->source_type);
	sql_take(q, &e->build_id);
	sql_take(q, &e->build_status);
	sql_take(q, &e->build_log_group);
	e->status = (enum store_status)sql_take_int(q);
	sql_take(q, &e->error_message);
	e->exit_code = (int)sql_take_int(q);
	e->restarts = (uint32_t)sql_take_int(q);
	sql_take(q, &e->image_digest);
	e->made_ms = (uint64_t)sql_take_int(q);
	e->changed_ms = (uint64_t)sql_take_int(q);
}

static enum cloister_err put_transition(struct store *s, int64_t account, const char *id,
					enum store_status was, enum store_status is_now,
					struct bytes reason, uint64_t now_ms, struct cloister_fault *why)
{
	own(sql_close) struct sql put = sql_open(
		s, "INSERT INTO transitions (account, enclave, was, is_now, reason, at_ms)"
		   " VALUES (?, ?, ?, ?, ?, ?)");
	own(sql_close) struct sql cut = sql_open(
		s, "DELETE FROM transitions WHERE account = ?1 AND enclave = ?2 AND seq <= (SELECT seq"
		   " FROM transitions WHERE account = ?1 AND enclave = ?2 ORDER BY seq DESC LIMIT 1 OFFSET ?3)");

	sql_int(&put, account);
	sql_text(&put, bytes_text(id));
	sql_int(&put, was);
	sql_int(&put, is_now);
	sql_text(&put, reason);
	sql_int(&put, now_ms);
	TRY(sql_run(&put, NULL, why));
	sql_int(&cut, account);
	sql_text(&cut, bytes_text(id));
	sql_int(&cut, LIMIT_STORE_HISTORY);
	return sql_run(&cut, NULL, why);
}

static enum cloister_err put_enclave(struct store *s, const struct store_enclave *e, const char *id,
				     uint64_t now_ms, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "INSERT INTO enclaves (id, account, wallet, name, description, region, provider_id,"
		   " provider_config, source_type, github, status, made_ms, changed_ms)"
		   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

	sql_text(&q, bytes_text(id));
	sql_int(&q, e->account);
	sql_text(&q, e->wallet);
	sql_text(&q, e->name);
	sql_text(&q, e->description);
	sql_text(&q, e->region);
	sql_text(&q, e->provider_id);
	sql_text(&q, e->provider_config);
	sql_text(&q, e->source_type);
	sql_text(&q, e->github);
	sql_int(&q, e->status);
	sql_int(&q, now_ms);
	sql_int(&q, now_ms);
	return sql_run(&q, NULL, why);
}

enum cloister_err store_enclave_add(struct store *s, const struct store_enclave *e, uint64_t now_ms,
				    char id_out[static STORE_ID_ROOM], struct cloister_fault *why)
{
	own(store_rollback) struct store_tx tx = STORE_TX_INIT;
	char id[STORE_ID_ROOM];

	if (!store_status_follows(0, e->status))
		return fail(why, CLOISTER_E_USAGE, "store.enclave", "no enclave begins as %s",
			    store_status_name(e->status));
	TRY(store_id_new("enc", now_ms, id, why));
	TRY(store_begin(s, &tx, why));
	TRY(put_enclave(s, e, id, now_ms, why));
	TRY(put_transition(s, e->account, id, 0, e->status, BYTES_NONE, now_ms, why));
	TRY(store_commit(&tx, why));
	memcpy(id_out, id, sizeof id);
	return CLOISTER_OK;
}

enum cloister_err store_enclave_get(struct store *s, int64_t account, const char *id,
				    struct buf *texts, struct store_enclave *out,
				    struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(s, ENCLAVE_COLUMNS " WHERE account = ? AND id = ?");
	struct store_enclave e;

	sql_int(&q, account);
	sql_text(&q, bytes_text(id));
	TRY(sql_one(&q, texts, "enclave", why));
	take_enclave(&q, &e);
	TRY(sql_done(&q, why));
	*out = e;
	return CLOISTER_OK;
}

static enum cloister_err each_enclave(struct sql *q, store_enclave_visit *visit, void *ctx,
				      struct cloister_fault *why)
{
	bool row;

	for (;;) {
		struct store_enclave e;

		TRY(sql_next(q, &row, why));
		if (!row)
			return CLOISTER_OK;
		take_enclave(q, &e);
		TRY(sql_done(q, why));
		TRY(visit(ctx, &e, why));
	}
}

enum cloister_err store_enclave_list(struct store *s, int64_t account, struct store_page page,
				     store_enclave_visit *visit, void *ctx, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, ENCLAVE_COLUMNS " WHERE account = ? AND seq < ? ORDER BY seq DESC LIMIT ?");

	sql_int(&q, account);
	sql_page(&q, page);
	return each_enclave(&q, visit, ctx, why);
}

enum cloister_err store_enclave_list_status(struct store *s, enum store_status status,
					    struct store_page page, store_enclave_visit *visit,
					    void *ctx, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, ENCLAVE_COLUMNS " WHERE status = ? AND seq < ? ORDER BY seq DESC LIMIT ?");

	sql_int(&q, status);
	sql_page(&q, page);
	return each_enclave(&q, visit, ctx, why);
}

enum cloister_err store_enclave_update(struct store *s, int64_t account, const char *id,
				       const struct store_enclave_change *change, uint64_t now_ms,
				       struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "UPDATE enclaves SET name = coalesce(?, name), description = coalesce(?, description),"
		   " region = coalesce(?, region), provider_id = coalesce(?, provider_id),"
		   " provider_config = coalesce(?, provider_config), source_type = coalesce(?, source_type),"
		   " github = coalesce(?, github), changed_ms = ? WHERE account = ? AND id = ?");

	sql_text_or_null(&q, change->name);
	sql_text_or_null(&q, change->description);
	sql_text_or_null(&q, change->region);
	sql_text_or_null(&q, change->provider_id);
	sql_text_or_null(&q, change->provider_config);
	sql_text_or_null(&q, change->source_type);
	sql_text_or_null(&q, change->github);
	sql_int(&q, now_ms);
	sql_int(&q, account);
	sql_text(&q, bytes_text(id));
	return sql_run_one(&q, "enclave", why);
}

static enum cloister_err status_of(struct store *s, int64_t account, const char *id,
				   enum store_status *out, struct cloister_fault *why)
{
	own(sql_close) struct sql q =
		sql_open(s, "SELECT status FROM enclaves WHERE account = ? AND id = ?");

	sql_int(&q, account);
	sql_text(&q, bytes_text(id));
	TRY(sql_one(&q, NULL, "enclave", why));
	*out = (enum store_status)sql_take_int(&q);
	return CLOISTER_OK;
}

static enum cloister_err put_status(struct store *s, int64_t account, const char *id,
				    enum store_status was, const struct store_move *m, uint64_t now_ms,
				    struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "UPDATE enclaves SET status = ?, error_message = coalesce(?, error_message),"
		   " exit_code = iif(?, ?, exit_code), restarts = restarts + ?,"
		   " image_digest = coalesce(?, image_digest), ports = coalesce(?, ports),"
		   " build_id = coalesce(?, build_id), build_status = coalesce(?, build_status),"
		   " build_log_group = coalesce(?, build_log_group), changed_ms = ?"
		   " WHERE account = ? AND id = ?");
	bool anew = m->to == STORE_PENDING_BUILD || m->to == STORE_PENDING_DEPLOY;
	struct bytes error = has_failed(m->to) ? m->error_message : anew ? bytes_text("") : BYTES_NONE;

	sql_int(&q, m->to);
	sql_text_or_null(&q, error);
	sql_int(&q, m->has_exit || anew);
	sql_int(&q, m->has_exit ? m->exit_code : -1);
	sql_int(&q, was == STORE_DEPLOYED && m->to == STORE_DEPLOYING);
	sql_text_or_null(&q, m->image_digest);
	sql_text_or_null(&q, m->ports);
	sql_text_or_null(&q, m->build_id);
	sql_text_or_null(&q, m->build_status);
	sql_text_or_null(&q, m->build_log_group);
	sql_int(&q, now_ms);
	sql_int(&q, account);
	sql_text(&q, bytes_text(id));
	return sql_run_one(&q, "enclave", why);
}

enum cloister_err store_enclave_move(struct store *s, int64_t account, const char *id,
				     const struct store_move *move, uint64_t now_ms,
				     struct cloister_fault *why)
{
	own(store_rollback) struct store_tx tx = STORE_TX_INIT;
	enum store_status was;

	if (has_failed(move->to) && move->error_message.len == 0)
		return fail(why, CLOISTER_E_USAGE, "store.enclave", "%s wants a reason",
			    store_status_name(move->to));
	TRY(store_begin(s, &tx, why));
	TRY(status_of(s, account, id, &was, why));
	if (!store_status_follows(was, move->to))
		return fail(why, CLOISTER_E_USAGE, "store.enclave", "%s does not become %s",
			    store_status_name(was), store_status_name(move->to));
	TRY(put_status(s, account, id, was, move, now_ms, why));
	TRY(put_transition(s, account, id, was, move->to, move->reason, now_ms, why));
	return store_commit(&tx, why);
}

static bool may_be_removed(enum store_status status)
{
	return has_failed(status) || status == STORE_DESTROYED;
}

enum cloister_err store_enclave_remove(struct store *s, int64_t account, const char *id,
				       struct cloister_fault *why)
{
	own(store_rollback) struct store_tx tx = STORE_TX_INIT;
	own(sql_close) struct sql q = sql_open(s, "DELETE FROM enclaves WHERE account = ? AND id = ?");
	enum store_status status;

	TRY(store_begin(s, &tx, why));
	TRY(status_of(s, account, id, &status, why));
	if (!may_be_removed(status))
		return fail(why, CLOISTER_E_USAGE, "store.enclave", "it is %s; it has to be destroyed first",
			    store_status_name(status));
	sql_int(&q, account);
	sql_text(&q, bytes_text(id));
	TRY(sql_run_one(&q, "enclave", why));
	return store_commit(&tx, why);
}

enum cloister_err store_transition_list(struct store *s, int64_t account, const char *id,
					struct store_page page, store_transition_visit *visit,
					void *ctx, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "SELECT seq, was, is_now, reason, at_ms FROM transitions"
		   " WHERE account = ? AND enclave = ? AND seq < ? ORDER BY seq DESC LIMIT ?");
	bool row;

	sql_int(&q, account);
	sql_text(&q, bytes_text(id));
	sql_page(&q, page);
	for (;;) {
		struct store_transition t;

		TRY(sql_next(&q, &row, why));
		if (!row)
			return CLOISTER_OK;
		t.seq = sql_take_int(&q);
		t.was = (enum store_status)sql_take_int(&q);
		t.is_now = (enum store_status)sql_take_int(&q);
		sql_take(&q, &t.reason);
		t.at_ms = (uint64_t)sql_take_int(&q);
		TRY(sql_done(&q, why));
		TRY(visit(ctx, &t, why));
	}
}

enum cloister_err store_credential_put(struct store *s, int64_t account, const char *enclave,
				       struct bytes registry, struct bytes sealed,
				       struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "INSERT INTO credentials (account, enclave, registry, sealed) VALUES (?, ?, ?, ?)"
		   " ON CONFLICT DO UPDATE SET registry = excluded.registry, sealed = excluded.sealed");

	sql_int(&q, account);
	sql_text(&q, bytes_text(enclave));
	sql_text(&q, registry);
	sql_blob(&q, sealed);
	return sql_run(&q, NULL, why);
}

enum cloister_err store_credential_get(struct store *s, int64_t account, const char *enclave,
				       struct buf *texts, struct bytes *registry_out,
				       struct bytes *sealed_out, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "SELECT registry, sealed FROM credentials WHERE account = ? AND enclave = ?");
	struct bytes registry, sealed;

	sql_int(&q, account);
	sql_text(&q, bytes_text(enclave));
	TRY(sql_one(&q, texts, "credential", why));
	sql_take(&q, &registry);
	sql_take(&q, &sealed);
	TRY(sql_done(&q, why));
	*registry_out = registry;
	*sealed_out = sealed;
	return CLOISTER_OK;
}
