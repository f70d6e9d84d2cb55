/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/* commands.h - the words, in the order --help shows them. */

#define COMMANDS(C)                                                              \
	C(pull, "an image from a registry, checked blob by blob") \
	C(build, "an unmodified image into an enclave image file") \
	C(describe, "show an enclave image file without running it") \
	C(platform, "make or show a platform bundle: kernel, modules, init, agent") \
	C(run, "run an image in a local enclave") \
	C(ps, "list enclaves") \
	C(logs, "what an enclave let out, and what happened to it") \
	C(attest, "ask a running enclave for evidence about itself") \
	C(stop, "stop enclaves") \
	C(pause, "stop the processors of running enclaves") \
	C(resume, "let paused enclaves go on") \
	C(rm, "forget enclaves that have ended") \
	C(verify, "decide whether evidence deserves trust, and say why") \
	C(collateral, "certificates, revocation lists and TCB information to verify with") \
	C(policy, "check, explain or begin a file that says what evidence must say") \
	C(root, "the emulator root of this host: export or show") \
/* every row ends with a backslash, so that rows can be added without touching others */

#define C(word, summary) int cmd_##word(int argc, char **argv);
COMMANDS(C)
#undef C

#endif
