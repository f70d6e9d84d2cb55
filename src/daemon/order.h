/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_ORDER_H
#define DAEMON_ORDER_H

/*
 * order.h - what the server, which strangers talk to, and the launcher, which
 * may start machines and read keys, say to each other: one SOCK_SEQPACKET pair,
 * one message per datagram.
 *
 * Both ends are ours and neither believes the other: a server that was taken
 * over must not become the operator by way of this socket. Each message has a
 * type, a direction and a list of fields; each field a kind and a bound. What
 * is unknown, too long, from the wrong side or followed by something is refused.
 * Names, references and settings are checked here for their form; whether the
 * act is allowed is the launcher's business.
 *
 * Message: u8 type, u32 id, fields in order; big-endian. Numbers are u32 or u64,
 * everything else u32 length and bytes. `id` is the server's, never 0 in a
 * request and repeated in its answer; what the launcher says by itself has 0.
 */

#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

#define ORDER_MAX (96u << 10) /* bytes, the longest message */
#define ORDER_HEAD 5u

enum order_from { ORDER_SERVER = 1, ORDER_LAUNCHER = 2 };

/*       field       kind   smallest  largest; what it holds */
#define ORDER_FIELDS(F) \
	F(name,      NAME,  1,  63)        /* an enclave's: enclave/state.h state_name_good() */ \
	F(reference, TEXT,  1,  1024)      /* an image, as its owner wrote it */ \
	F(settings,  JSON,  2,  32u << 10) /* the workload's, an object */ \
	F(sealed,    BYTES, 0,  4096)      /* a registry's password, as SEALED gave it */ \
	F(image,     BYTES, 32, 32)        /* SHA-256 of an enclave image file in STATE/built */ \
	F(ports,     TEXT,  0,  1024)      /* to publish, "8443:8080,9000" */ \
	F(memory,    U32,   0,  0)         /* MiB */ \
	F(cpus,      U32,   0,  0) \
	F(debug,     U32,   0,  1) \
	F(grace,     U32,   0,  0)         /* ms */ \
	F(number,    U32,   0,  0)         /* a signal's; of a refusal: enum cloister_err */ \
	F(nonce,     BYTES, 0,  1024) \
	F(user_data, BYTES, 0,  1024) \
	F(plain,     BYTES, 1,  1024)      /* to be sealed */ \
	F(seq,       U64,   0,  0)         /* of the audit chain's head */ \
	F(hash,      BYTES, 32, 32)        /* likewise */ \
	F(sentence,  TEXT,  1,  1024)      /* for a person */ \
	F(document,  BYTES, 1,  64u << 10) /* evidence; a signature */ \
	F(record,    JSON,  2,  64u << 10) /* enclave/record.h, an object */ \
	F(measured,  JSON,  2,  8u << 10)  /* the image's measurements, an object */

/*         id          wire  from             its fields */
#define ORDER_MESSAGES(M) \
	M(BUILD,        1,  ORDER_SERVER,   name, reference, settings, sealed) /* BUILT */ \
	M(START,        2,  ORDER_SERVER,   name, image, memory, cpus, debug, ports) /* DONE, then RECORDs */ \
	M(STOP,         3,  ORDER_SERVER,   name, grace)           /* RECORD */ \
	M(PAUSE,        4,  ORDER_SERVER,   name)                  /* RECORD */ \
	M(RESUME,       5,  ORDER_SERVER,   name)                  /* RECORD */ \
	M(SIGNAL,       6,  ORDER_SERVER,   name, number)          /* DONE */ \
	M(REMOVE,       7,  ORDER_SERVER,   name)                  /* DONE; one that has ended */ \
	M(ATTEST,       8,  ORDER_SERVER,   name, nonce, user_data) /* DOCUMENT */ \
	M(LOG,          9,  ORDER_SERVER,   name, number)          /* DONE with a descriptor: 0 the log, 1 its older half */ \
	M(LIST,        10,  ORDER_SERVER)                          /* RECORDs with this id, then DONE */ \
	M(SEAL,        11,  ORDER_SERVER,   plain)                 /* SEALED */ \
	M(CHECKPOINT,  12,  ORDER_SERVER,   seq, hash)             /* DOCUMENT: its signature */ \
	M(DONE,        64,  ORDER_LAUNCHER) \
	M(REFUSED,     65,  ORDER_LAUNCHER, number, sentence)      /* to any request */ \
	M(BUILT,       66,  ORDER_LAUNCHER, image, measured) \
	M(RECORD,      67,  ORDER_LAUNCHER, record)                /* id 0: one changed */ \
	M(DOCUMENT,    68,  ORDER_LAUNCHER, document) \
	M(SEALED,      69,  ORDER_LAUNCHER, sealed) \
	M(PROGRESS,    70,  ORDER_LAUNCHER, name, sentence)        /* of a build */

enum order_type {
	ORDER_NONE = 0,
#define M(id, wire, ...) ORDER_##id = wire,
	ORDER_MESSAGES(M)
#undef M
};

#define ORDER_C_NAME struct bytes
#define ORDER_C_TEXT struct bytes
#define ORDER_C_JSON struct bytes
#define ORDER_C_BYTES struct bytes
#define ORDER_C_U32 uint32_t
#define ORDER_C_U64 uint64_t

/* What a message carries; fields that are not its are zero. Loans from what was read. */
struct order {
	enum order_type type;
	uint32_t id;
#define F(field, kind, min, max) ORDER_C_##kind field;
	ORDER_FIELDS(F)
#undef F
};

/* "BUILD" and so on; never NULL. */
const char *order_name(enum order_type type);

/* Errors: CLOISTER_E_MALFORMED, CLOISTER_E_UNSUPPORTED (type), CLOISTER_E_LIMIT. */
enum cloister_err order_read(struct bytes in, enum order_from from, struct order *out,
			      struct cloister_fault *why);
/* Into `room`, which has ORDER_MAX bytes; refuses what order_read() would. */
enum cloister_err order_write(const struct order *m, enum order_from from, uint8_t *room, struct bytes *out,
			       struct cloister_fault *why);

#endif
