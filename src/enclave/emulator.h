/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENCLAVE_EMULATOR_H
#define ENCLAVE_EMULATOR_H

/*
 * emulator.h - who signs the emulated NSM's documents: a root of this host,
 * kept in STATE/root, and below it a fresh issuer (24 h) and leaf (3 h) for each
 * enclave. Its certificates say EMULATOR in every name. They prove that this
 * host's operator ran the emulator, and nothing about hardware: a verifier takes
 * the root only from its caller and never gives it a high trust level.
 *
 * The root's private key is in memory only while a chain is being issued; in
 * between it is an open descriptor, so renewing works after confine().
 */

#include <stdint.h>

#include "base/fault.h"
#include "crypto/sign.h"
#include "crypto/x509.h"
#include "enclave/nsm.h"

#define EMULATOR_ROOT_DIR "root"
#define EMULATOR_ROOT_KEY "emulator-root.key"
#define EMULATOR_ROOT_CERT "emulator-root.pem"
#define EMULATOR_HOST_FILE "host.json"

#define EMULATOR_ISSUER_S (24u * 3600u)
#define EMULATOR_LEAF_S (3u * 3600u)
#define EMULATOR_RENEW_S (30u * 60u) /* a leaf with less left is replaced */

struct emulator {
	int key_fd; /* the root's key file; -1 while idle */
	struct x509 root;
	char instance_id[NSM_INSTANCE_ID_LEN + 1]; /* this host's, "i-" and 17 hex */
	char module_id[NSM_MODULE_ID_LEN + 1];     /* the enclave's; "" before emulator_start() */
	struct sign_key *leaf_key;
	struct x509 issuer, leaf;
	uint64_t from_s, until_s; /* the leaf is used in from_s <= now < until_s */
};

#define EMULATOR_INIT { .key_fd = -1 }

/*
 * Open this host's root, making whatever is missing of it in STATE/root.
 * Processes that race all end with the same key, certificate and instance id.
 * Refused with a sentence: a key file or directory of another owner, a key that
 * others may read, a certificate that is not the key's.
 */
enum cloister_err emulator_open(int state_fd, uint64_t now_s, struct emulator *out,
				struct cloister_fault *why);
void emulator_close(struct emulator *e); /* for own(); wipes the leaf key */

/* Give the enclave a module id and its first chain. Once. */
enum cloister_err emulator_start(struct emulator *e, uint64_t now_s, struct cloister_fault *why);

/* Random bytes, chain (renewed when due) and signature for nsm_init(); `e` must outlive it. */
struct nsm_host emulator_nsm_host(struct emulator *e);

#endif
