/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENCLAVE_RECORD_H
#define ENCLAVE_RECORD_H

/*
 * record.h - enclave.json: what is known about one enclave. The shim writes
 * it, whole or not at all; everybody else only reads. After the enclave has
 * ended it says how, and stays until `cloister rm`.
 *
 * A record that says starting or running while nobody holds the enclave's
 * lock belongs to a shim that was killed: state.h tells them apart.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fault.h"
#include "base/mem.h"
#include "codec/json.h"
#include "enclave/publish.h"

#define RECORD_FILE "enclave.json"
#define RECORD_PCR 48u /* bytes, SHA-384 */
#define RECORD_MAX (64u << 10)

enum record_state {
	RECORD_NONE = 0,
	RECORD_STARTING, /* machine up, workload not yet */
	RECORD_RUNNING,
	RECORD_PAUSED,   /* as running, its processors stopped */
	RECORD_STOPPED, /* the workload ended: exit_code says how */
	RECORD_FAILED,  /* anything else: reason says what */
	RECORD_STATES
};

struct record {
	enum record_state state;
	char name[64];
	char id[64]; /* the NSM module id */
	pid_t pid;   /* the shim's */
	char image[4096];
	char run_dir[4096]; /* where the sockets are */
	bool debug;
	uint8_t pcr0[RECORD_PCR], pcr1[RECORD_PCR], pcr2[RECORD_PCR], pcr8[RECORD_PCR]; /* of the image */
	uint32_t memory_mib, cpus;
	uint32_t uid; /* QEMU's user */
	char accelerator[8];    /* "kvm", "tcg" */
	char limits[160];       /* what holds QEMU's memory and CPU, or why nothing does */
	char confinement[160];  /* what QEMU was started under */
	struct publish ports[PUBLISH_MAX];
	size_t n_ports;
	uint64_t created_ms, started_ms, ended_ms; /* Unix; 0 when it has not happened */
	int exit_code;    /* 0..255 once stopped, else -1 */
	char reason[768]; /* why it ended, one sentence; "" when there is nothing to say */
};

/* "running" and so on; never NULL. */
const char *record_state_name(enum record_state state);

/* Append the record as one JSON object. */
void record_put(const struct record *r, struct buf *out);
enum cloister_err record_parse(struct bytes text, struct record *out, struct cloister_fault *why);

/* The file in the enclave's directory. CLOISTER_E_MISSING when there is none. */
enum cloister_err record_write(int dir_fd, const struct record *r, struct cloister_fault *why);
enum cloister_err record_read(int dir_fd, struct record *out, struct cloister_fault *why);

#endif
