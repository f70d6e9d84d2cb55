/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENCLAVE_CHANNEL_H
#define ENCLAVE_CHANNEL_H

/*
 * channel.h - what a shim and the command that started it say to each other:
 * one SOCK_SEQPACKET pair, one byte of type and a body per message.
 *
 * The enclave's life hangs on it: when the command goes away before the
 * workload has started, or at any time in the foreground, it is killed.
 */

#define CHANNEL_FD 3                 /* in the shim */
#define CHANNEL_BODY_MAX (64u << 10) /* bytes */

enum channel_type {
	/* from the shim */
	CHANNEL_NAME = 'N',    /* name: the enclave has a record now */
	CHANNEL_STARTED = 'S', /* record as JSON: the workload has started */
	CHANNEL_STDOUT = '1',  /* its output, in the foreground */
	CHANNEL_STDERR = '2',
	CHANNEL_REFUSED = 'R', /* sentence: nothing was kept. The last message */
	CHANNEL_ENDED = 'E',   /* record as JSON. The last message */
	/* to the shim */
	CHANNEL_STOP = 'T',    /* gracefully; a second one at once */
};

#endif
