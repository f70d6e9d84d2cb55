/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

/* utf8.h - whether bytes are UTF-8: shortest form, no surrogates, at most U+10FFFF (RFC 3629). */

#include "base/bytes.h"

/* The number of bytes at the front that are whole, valid characters; text.len when all are. */
size_t utf8_valid(struct bytes text);

#endif
