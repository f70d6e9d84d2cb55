/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_PLATFORM_H
#define EVIDENCE_PLATFORM_H

/*
 * platform.h - the certificates that a platform's quotes bring, read; and a place
 * for those that were met, since quotes of one platform bring the same bytes each
 * time. Read is not believed: root, roles, names, dates, signatures and revocation are
 * looked at for every quote.
 *
 * A platform is written to by who made it, until it is kept; from then on threads
 * share it. The table is its owner's to lock.
 */

#include <stdatomic.h>

#include "evidence/path.h"
#include "evidence/pck.h"
#include "evidence/quote.h"

struct platform {
	atomic_uint refs;
	struct pck_chain ders; /* leaf first, as quotes have them */
	struct path path;      /* root, authority, PCK certificate */
	struct pck pck;
	struct bytes text;     /* what all this was read from: PEM */
};

/* With a copy of the text, and nothing read yet. CLOISTER_E_NOMEM. */
enum cloister_err platform_new(struct bytes text, struct platform **out, struct cloister_fault *why);
struct platform *platform_ref(struct platform *p);
void platform_unref(struct platform *p); /* NULL too */

#define PLATFORM_SETS 16u /* a platform lives in the set that the beginning of its text names */
#define PLATFORM_WAYS 4u

struct platforms {
	uint64_t tick;
	struct platform_place {
		struct platform *platform; /* NULL: empty */
		uint64_t used;             /* tick of the last use */
	} places[PLATFORM_SETS][PLATFORM_WAYS];
};

/* That of exactly this text, as a reference of the caller's, or NULL. */
struct platform *platforms_find(struct platforms *all, struct bytes text);

/*
 * Keeps a reference of its own in the place of the longest unused one of the set. That
 * one's is the caller's then, to be dropped when nothing is locked any more; or NULL.
 */
struct platform *platforms_keep(struct platforms *all, struct platform *p);

void platforms_fini(struct platforms *all);

#endif
