/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENCLAVE_PUBLISH_H
#define ENCLAVE_PUBLISH_H

/*
 * publish.h - `--publish [ADDRESS:]HOST:GUEST`: a TCP port of the host that
 * leads to a TCP port inside the enclave.
 *
 * The address is numeric, IPv6 in brackets, 127.0.0.1 unless said otherwise:
 * what everybody may reach is said, not assumed. HOST 0 takes a free port.
 */

#include <stdint.h>

#include "base/fault.h"

#define PUBLISH_MAX 64

struct publish {
	char address[46]; /* numeric; INET6_ADDRSTRLEN */
	uint16_t host;    /* 0: any free one */
	uint16_t guest;
};

enum cloister_err publish_read(const char *text, struct publish *out, struct cloister_fault *why);

/* "127.0.0.1:8443:443", what publish_read() reads. 64 bytes are enough. */
const char *publish_text(const struct publish *p, char *out, size_t room);

#endif
