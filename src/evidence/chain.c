/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.c - a Nitro chain, by path.c. The root is one of ours or nothing else
 * is looked at.
 */

#include "evidence/chain.h"

static enum cloister_err check_root(const struct cloister_trust *trust, struct bytes root,
				    struct chain *c, struct cloister_verdict *v,
				    struct cloister_fault *why)
{
	TRY(hash_sha256(root, c->root_sha256, why));
	if (trust_has_root(trust, ROOT_AWS, c->root_sha256, &c->root_is_builtin))
		verdict_held(v, CHECK_ROOT, "%s",
			     c->root_is_builtin ? "AWS Nitro Enclaves root G1" :
						  "a root given by the caller");
	else
		verdict_failed(v, CHECK_ROOT,
			       "no root that was given has this certificate's SHA-256 "
			       "(%02x%02x%02x%02x…)",
			       c->root_sha256[0], c->root_sha256[1], c->root_sha256[2],
			       c->root_sha256[3]);
	return CLOISTER_OK;
}

enum cloister_err chain_check(struct cloister_trust *trust, const struct bytes *ders, size_t n,
			      uint64_t now_s, struct chain *out, struct cloister_verdict *v,
			      struct cloister_fault *why)
{
	struct path *p = &out->path;
	bool good;

	TRY(check_root(trust, ders[0], out, v, why));
	if (!verdict_held_to(v, CHECK_ROOT) ||
	    !verdict_answer(v, CHECK_CERTIFICATES, path_read(p, ders, n, &cert_profile_nitro), p->say) ||
	    !verdict_answer(v, CHECK_PATH, path_roles(p, PATH_LEAF_SIGNS), p->say) ||
	    !verdict_answer(v, CHECK_NAMES, path_names(p), p->say) ||
	    !verdict_answer(v, CHECK_VALIDITY, path_valid(p, now_s), p->say))
		return CLOISTER_OK;
	TRY(path_signed(p, trust, now_s, &good, why));
	(void)verdict_answer(v, CHECK_CHAIN, good, p->say);
	return CLOISTER_OK;
}
