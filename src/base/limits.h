/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/*
 * limits.h - every ceiling that a stranger's input meets, in one table, with
 * the reason. Sizes are bytes unless the name says otherwise.
 */

/* Evidence. AWS: payload at most 16,384; the frame around it is small. */
#define LIMIT_EVIDENCE (32u << 10)
#define LIMIT_CBOR_DEPTH 8u
#define LIMIT_CBOR_KEYS 64u    /* pairs in a map that is stepped over: all its keys are compared */
#define LIMIT_CERT 1024u      /* AWS: certificate and each cabundle entry, 1..1024 */
#define LIMIT_CERT_LARGE 4096u /* of AMD, Intel and token issuers; real ones have at most 1,683 */
#define LIMIT_CRL (4u << 20)      /* a revocation list; real ones have 3,400 */
#define LIMIT_CERT_EXTENSIONS 16u
#define LIMIT_CHAIN 8u        /* certificates above the leaf; real documents have 4 */
#define LIMIT_NSM_PAYLOAD 16384u /* AWS */
#define LIMIT_MODULE_ID 256u  /* real ones have 39 bytes */
#define LIMIT_ROOTS 16u       /* that a caller can add */
#define LIMIT_NSM_FIELD 1024u /* user_data, nonce, public_key on real hardware */
#define LIMIT_NSM_REQUEST 0x1000u
#define LIMIT_NSM_RESPONSE 0x3000u
#define LIMIT_PCRS 32u
#define LIMIT_SNP_TABLE (64u << 10)  /* Linux hands a guest 16 KiB at most */
#define LIMIT_SNP_TABLE_ENTRIES 16u  /* real ones have 3 to 5 */
#define LIMIT_SNP_CSP_ID 128u        /* AWS's have about 30 */
#define LIMIT_SNP_CANDIDATES 8u      /* keys that are tried when only the signature tells them apart */

/* Azure: the vTPM's index has 2600 bytes. */
#define LIMIT_HCL (8u << 10)

#define LIMIT_GCE (64u << 10) /* Google's launch endorsements; real ones have some kilobytes */

/* Event logs. Firmware reserves 64 KiB to 1 MiB; kept logs have some hundred events. */
#define LIMIT_CCEL (4u << 20)
#define LIMIT_CCEL_EVENTS 65536u /* more than fit: the least has 66 bytes */

/* Intel's quotes and collateral. */
#define LIMIT_QUOTE (32u << 10)    /* real ones have 5 KB, padded ones 8,000 bytes */
#define LIMIT_PCK_CERT 2048u       /* real PCK certificates have 1.3 KB */
#define LIMIT_PLATFORM_TEXT 8192u  /* PEM of a chain that is kept read; real ones have 3,700 */
#define LIMIT_PCS_JSON (64u << 10) /* largest TCB information seen: 10 KB */
#define LIMIT_TCB_LEVELS 64u       /* of a platform; seen: 21 */
#define LIMIT_TDX_MODULES 16u      /* major versions of the TDX module; seen: 2 */
#define LIMIT_MODULE_LEVELS 128u   /* of all of them; seen: 5 each */
#define LIMIT_QE_LEVELS 32u        /* seen: 6 */
#define LIMIT_ADVISORIES 128u      /* of one level; seen: 28 */
#define LIMIT_ADVISORY 64u         /* characters of one name */

/* Tokens. */
#define LIMIT_JWT (32u << 10) /* Trust Authority's have 6 KB */
#define LIMIT_JWT_KID 256u
#define LIMIT_JWKS (256u << 10)
#define LIMIT_JWK_CERT 4096u
#define LIMIT_RSA 512u        /* bytes of a modulus: 4096 bits … */
#define LIMIT_RSA_LEAST 256u  /* … and no fewer than 2048 */
#define LIMIT_RSA_EXPONENT 4u
#define LIMIT_CLAIMS 128u            /* named claims of one verdict */
#define LIMIT_CLAIM_BYTES (8u << 10) /* of values that no evidence holds as they are */
#define LIMIT_EVIDENCE_FILE (4u << 20) /* evidence with its wrapping, logs and collateral */
#define LIMIT_UNWRAP 3u               /* layers around evidence: base64 of JSON of hex, say */
#define LIMIT_POOL 256u              /* certificates, CRLs and the like in one pool */
#define LIMIT_COLLATERAL (1u << 20)  /* one piece: real CRLs and TCB infos have some kilobytes */
#define LIMIT_SHELF 4096u      /* pieces in one directory of collateral */
#define LIMIT_EXPECTED 256u          /* values of registers in one policy */
#define LIMIT_EXPECTED_SETS 32u      /* alternative sets of measurements */
#define LIMIT_PLATFORMS 256u         /* machines in an allow-list */
#define LIMIT_POLICY (256u << 10)    /* a policy file: full lists have 60 KiB, and comments */
#define LIMIT_POLICY_KEY 96u         /* a key with its groups: "measurements.31.author_key_digest" */

/* The network. */
#define LIMIT_HTTP_HEADERS (64u << 10) /* of one answer; issuer chains have 3 KB */
#define LIMIT_URL 2048u
#define LIMIT_HTTP_LINE (16u << 10)   /* the request line, or one field; tokens of wallets have some kilobytes */
#define LIMIT_HTTP_HEAD (32u << 10)   /* a request's head in all */
#define LIMIT_HTTP_FIELDS 64u         /* browsers send about 20 */
#define LIMIT_HTTP_PATH 1024u         /* decoded */
#define LIMIT_HTTP_BODY (4u << 20)    /* the most that any route may allow */
#define LIMIT_HTTP_ANSWER (64u << 20) /* waiting to be sent on one connection */
#define LIMIT_HTTP_BACKLOG (256u << 10) /* of a stream that its reader does not take */

/* The store. */
#define LIMIT_STORE_VALUE (1u << 20)  /* one text, or run of bytes */
#define LIMIT_STORE_PAGE 1000u        /* rows of a list in one go */
#define LIMIT_STORE_HISTORY 1000u     /* kept for each enclave's states and each task's runs */

/* Images. */
#define LIMIT_JSON (4u << 20)
#define LIMIT_JSON_DEPTH 32u
#define LIMIT_EIF_SECTIONS 32u
#define LIMIT_EIF_SIGNATURE 32768u
#define LIMIT_EIF_METADATA (1u << 20)
#define LIMIT_EIF_CMDLINE 2048u            /* x86 COMMAND_LINE_SIZE */
#define LIMIT_EIF ((uint64_t)16 << 30)     /* a whole image file */
#define LIMIT_LAYERS 127u                  /* what overlay-based engines can hold */
#define LIMIT_LAYER_BYTES ((uint64_t)8 << 30) /* one layer, uncompressed */
#define LIMIT_IMAGE_BYTES ((uint64_t)16 << 30) /* all layers, uncompressed */
#define LIMIT_IMAGE_ENTRIES 2000000u
#define LIMIT_LAYER_RATIO 200u                /* a layer may grow to this many times its file … */
#define LIMIT_LAYER_FREE ((uint64_t)256 << 20) /* … once it is past this size */
#define LIMIT_ZSTD_WINDOW_LOG 27u             /* 128 MiB, what zstd itself takes by default */
#define LIMIT_DIR_ENTRIES 262144u             /* names in one directory */
#define LIMIT_TREE_DEPTH 2048u                /* components of a path, symbolic links resolved */
#define LIMIT_TREE_STEPS 100000000u           /* components looked up while links are resolved */
#define LIMIT_XATTRS 32u                      /* of one file */
#define LIMIT_ARCHIVE_MEMBERS 16384u          /* files in a docker save or oci-archive */
#define LIMIT_INDEX_DEPTH 4u                  /* an index in an index in … */
#define LIMIT_PATH 4096u
#define LIMIT_NAME 255u
#define LIMIT_XATTR (64u << 10)
#define LIMIT_MANIFEST (256u << 10) /* /cloister/manifest.json in ramdisk 1 */
#define LIMIT_ARGV 4096u
#define LIMIT_PASSWD (1u << 20)

/* Registries. */
#define LIMIT_REGISTRY_HOST 255u  /* a host's name, with its port */
#define LIMIT_TAG 128u            /* OCI distribution-spec */
#define LIMIT_CHALLENGE (4u << 10) /* WWW-Authenticate; real ones have 200 bytes */
#define LIMIT_CHALLENGE_PART 256u /* a service's name, a scheme */
#define LIMIT_TOKEN_ANSWER (64u << 10) /* a token with its JSON; real ones have 3 KB */
#define LIMIT_PULL_TRIES 5u       /* of one blob, each going on where the one before broke off */

/* The path between host and enclave. */
#define LIMIT_FRAME (64u << 10)       /* one wire frame's body */
#define LIMIT_VSOCK_CONNS 1024u       /* open connections per enclave */
#define LIMIT_VSOCK_WINDOW (256u << 10)
#define LIMIT_LOG_BYTES (64u << 20)   /* kept per enclave */
#define LIMIT_CTL_LINE (64u << 10)    /* one request to the shim */

/* The daemon. */
#define LIMIT_CRON 256u       /* characters of a schedule */
#define LIMIT_ZONE_TIMES 1024u /* transitions of a time zone; real ones have at most 310 */
#define LIMIT_ZONE_NAME 64u   /* "America/Argentina/ComodRivadavia" has 32 */
#define LIMIT_IMAGE_REFERENCE 1024u   /* characters */
#define LIMIT_REGISTRY_PASSWORD 1024u /* what the launcher seals */
#define LIMIT_WORKLOAD_ENV 256u       /* variables */
#define LIMIT_WORKLOAD_TEXT (16u << 10) /* one variable; all of them, as a text */
#define LIMIT_WORKLOAD_PORTS 64u
#define LIMIT_WORKLOAD_LABELS 16u     /* services; compliance */
#define LIMIT_WALLET 256u        /* bytes; an opaque name, be it an address or an e-mail */
#define LIMIT_PERMISSIONS 16u
#define LIMIT_REFUSAL 1024u      /* a sentence with what was put in */

#endif
