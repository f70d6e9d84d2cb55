// SPDX-License-Identifier: Apache-2.0
//
// verify.cc - the C++ side of the headers: nothing of ours is needed but them, and
// the three objects fit std::unique_ptr.
//
//   verify-cxx EVIDENCE PCR0-HEX NONCE-HEX [ROOT [UNIX-SECONDS]]
//
// Exit status: 0 accepted, 1 refused, 2 not decided.

#include <cloister/cloister.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

using Trust = std::unique_ptr<cloister_trust, decltype(&cloister_trust_free)>;
using Policy = std::unique_ptr<cloister_policy, decltype(&cloister_policy_free)>;
using Verdict = std::unique_ptr<cloister_verdict, decltype(&cloister_verdict_free)>;

void must(cloister_err err, const cloister_fault &why)
{
	char text[512];

	if (err != CLOISTER_OK)
		throw std::runtime_error(cloister_fault_text(&why, text, sizeof text));
}

std::vector<unsigned char> read_file(const char *path)
{
	std::ifstream in(path, std::ios::binary);

	if (!in)
		throw std::runtime_error(std::string(path) + " cannot be read");
	return { std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>() };
}

cloister_bytes lend(const std::vector<unsigned char> &v)
{
	return { v.data(), v.size() };
}

int judge(int argc, char **argv)
{
	cloister_fault why{};
	cloister_trust *t = nullptr;
	cloister_policy *p = nullptr;
	cloister_verdict *v = nullptr;

	must(cloister_trust_new(&t, &why), why);
	Trust trust(t, cloister_trust_free);
	if (argc > 4)
		must(cloister_trust_add_root(trust.get(), lend(read_file(argv[4])), &why), why);

	must(cloister_policy_new(&p, &why), why);
	Policy policy(p, cloister_policy_free);
	must(cloister_policy_set(policy.get(), "measurements.pcr0", argv[2], &why), why);
	must(cloister_policy_set(policy.get(), "nonce", argv[3], &why), why);
	for (const char *key : { "user_data", "public_key", "report_data", "platforms", "max_age" })
		must(cloister_policy_set(policy.get(), key, "any", &why), why);

	const auto doc = read_file(argv[1]);
	const std::uint64_t now_s = argc > 5 ? std::strtoull(argv[5], nullptr, 10) :
					       static_cast<std::uint64_t>(std::time(nullptr));
	must(cloister_verify(trust.get(), policy.get(), lend(doc), now_s, &v, &why), why);
	Verdict verdict(v, cloister_verdict_free);
	cloister_answer answer{};
	for (std::size_t i = 0; cloister_verdict_answer(verdict.get(), i, &answer); i++)
		std::cout << answer.id << ' ' << answer.name << ": "
			  << cloister_finding_name(answer.finding) << ' ' << answer.reason << '\n';
	const bool yes = cloister_verdict_accepts(verdict.get());
	std::cout << (yes ? "accepted" : "refused") << ", trust level "
		  << cloister_level_name(cloister_verdict_level(verdict.get())) << '\n';
	return yes ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
	if (argc < 4 || argc > 6) {
		std::cerr << "usage: verify-cxx EVIDENCE PCR0-HEX NONCE-HEX [ROOT [UNIX-SECONDS]]\n";
		return 2;
	}
	try {
		return judge(argc, argv);
	} catch (const std::exception &e) {
		std::cerr << "verify-cxx: " << e.what() << '\n';
		return 2;
	}
}
