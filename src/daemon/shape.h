/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_SHAPE_H
#define DAEMON_SHAPE_H

/*
 * shape.h - the JSON of what the API answers, member by member as clients read
 * it. Inputs are views; one without data is absent, and its member with it.
 * Times go in as Unix milliseconds; records show them as ISO 8601, logs and
 * evidence as numbers.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "codec/json.h"
#include "daemon/score.h"
#include "evidence/nitro.h"

/* "2026-11-24T10:00:00.000Z" */
#define SHAPE_TIME_ROOM 25u
void shape_time(uint64_t unix_ms, char out[static SHAPE_TIME_ROOM]);

/* "enc_1795514400000_0a1b2c3d4": `prefix` enc, task or key; nine digits to the base 36 of the random bytes. */
#define SHAPE_ID_ROOM 40u
void shape_id(const char *prefix, uint64_t unix_ms, const uint8_t random[static 8], char out[static SHAPE_ID_ROOM]);
/* Whether `text` is an id of that prefix; nothing else is looked up. */
bool shape_is_id(const char *prefix, struct bytes text);

/* "treza_live_" and 32 hexadecimal digits, shown once; a secret of the caller's. */
#define SHAPE_KEY_ROOM 44u
void shape_key(const uint8_t random[static 16], char out[static SHAPE_KEY_ROOM]);

struct shape_port {
	uint16_t host, enclave;
};

struct shape_enclave {
	struct bytes id, name, description, status, region, wallet, provider;
	struct bytes config; /* JSON, of provider_config_put() */
	struct bytes source, build_id, build_status, error;
	const struct shape_port *ports;
	size_t n_ports;
	int exit_code; /* of a workload that ended; -1: none */
	uint64_t created_ms, updated_ms;
};
void shape_enclave_put(struct json_out *w, const char *key, const struct shape_enclave *e);

struct shape_task {
	struct bytes id, name, description, enclave, status, schedule, zone, wallet;
	uint64_t created_ms, updated_ms, last_run_ms, next_run_ms; /* 0: not yet, never */
};
void shape_task_put(struct json_out *w, const char *key, const struct shape_task *t);

struct shape_api_key {
	struct bytes id, name, hash; /* SHA-256 of the whole key, 32 bytes */
	struct bytes plain;          /* only in the answer that makes it */
	const char *const *permissions; /* NULL-terminated */
	bool is_active;
	struct bytes wallet;
	uint64_t created_ms, updated_ms, used_ms, expires_ms; /* 0: never */
};
void shape_api_key_put(struct json_out *w, const char *key, const struct shape_api_key *k);

struct shape_log {
	uint64_t at_ms;
	struct bytes message; /* a stranger's: what is no UTF-8 becomes U+FFFD */
	const char *source;   /* "application", "ecs", …  */
	const char *stream, *type; /* may be NULL */
};
void shape_log_put(struct json_out *w, const char *key, const struct shape_log *l);

struct shape_attestation {
	struct bytes enclave;
	const char *base_url;   /* "https://host:port", for the endpoints */
	struct bytes document;  /* the evidence, byte by byte */
	const struct nitro_doc *read; /* what it says, as nitro_doc_read() left it; NULL: of another kind */
	const struct score *score;    /* NULL: nobody looked yet */
	uint64_t verified_ms;
};
void shape_attestation_put(struct json_out *w, const char *key, const struct shape_attestation *a);

void shape_verification_put(struct json_out *w, const char *key, const struct score *s,
			    const struct cloister_verdict *v, uint64_t verified_ms);

/* GET …/attestation/verify: `s` is NULL while there is nothing to look at. */
void shape_verification_status_put(struct json_out *w, const char *key, struct bytes enclave, struct bytes status,
				   const struct score *s, uint64_t verified_ms);

#endif
