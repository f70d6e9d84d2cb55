/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_SNP_TABLE_H
#define EVIDENCE_SNP_TABLE_H

/*
 * snp_table.h - the certificates that a host hands its guests with an extended
 * report (AMD 56421, GHCB, and Linux's SNP_GET_EXT_REPORT): a list of GUID,
 * offset and length, ended by zeros, then the data. The host writes it and
 * nobody signs it, so a label is a claim: the pieces go into a pool, where each
 * has to lead to a root by itself. Views borrow; nothing is allocated.
 */

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"

enum snp_label {
	SNP_LABEL_OTHER, /* a GUID not known here, Google's firmware endorsement say */
	SNP_LABEL_ARK,
	SNP_LABEL_ASK,   /* or the ASVK */
	SNP_LABEL_VCEK,
	SNP_LABEL_VLEK,
	SNP_LABEL_CRL,
};

struct snp_table_entry {
	enum snp_label label;
	struct bytes guid; /* 16, as stored */
	struct bytes data; /* at least one byte */
};

struct snp_table {
	struct snp_table_entry entries[LIMIT_SNP_TABLE_ENTRIES];
	size_t n; /* in the order of the data */
};

/*
 * Entries may not overlap each other or the list, nor come twice; what lies
 * between and behind them is zero. Errors: CLOISTER_E_MALFORMED, CLOISTER_E_LIMIT.
 */
enum cloister_err snp_table_read(struct bytes table, struct snp_table *out, struct cloister_fault *why);

#endif
