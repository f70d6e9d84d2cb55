/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLOISTER_CLOISTER_H
#define CLOISTER_CLOISTER_H

/* cloister.h - the whole public interface of libcloister. */

#include "cloister/bytes.h"
#include "cloister/err.h"
#include "cloister/policy.h"
#include "cloister/verify.h"

#endif
