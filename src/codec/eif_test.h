/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_EIF_TEST_H
#define CODEC_EIF_TEST_H

/* eif_test.h - a kernel for tests: boots nowhere, has the header that the readers look at. */

#include "base/wr.h"
#include "codec/eif.h"

/* A bzImage of one setup sector and 48 bytes of kernel, 1,072 bytes; with a PE header it also has 24 of signature. */
static inline struct bytes bzimage(uint8_t room[static 2048], bool is_signed, size_t len)
{
	struct wr w = wr_open(room, 2048);

	memset(room, 0xcc, 2048);
	wr_put(&w, bytes_text("MZ"));
	wr_zero(&w, 0x3a);
	/* 3ch */ wr_le32(&w, 0x40);
	/* 40h */ wr_le32(&w, is_signed ? 0x4550 : 0);
	wr_zero(&w, 20);
	/* 58h */ wr_le16(&w, 0x20b);
	wr_zero(&w, 106);
	/* c4h */ wr_le32(&w, 6);
	wr_zero(&w, 32);
	/* e8h */ wr_le32(&w, 1072);
	wr_le32(&w, 24);
	wr_zero(&w, 0x1f1 - w.len);
	/* 1f1h */ wr_u8(&w, 1);
	wr_zero(&w, 2);
	/* 1f4h */ wr_le32(&w, 3);
	wr_zero(&w, 6);
	/* 1feh */ wr_le16(&w, 0xaa55);
	wr_zero(&w, 2);
	/* 202h */ wr_put(&w, bytes_text("HdrS"));
	/* 206h */ wr_le16(&w, 0x20f);
	wr_zero(&w, 6);
	/* 20eh */ wr_le16(&w, 0x100);
	memcpy(room + 0x300, "6.12.1-test (nobody)", 21);
	return bytes_of(room, len);
}

#endif
