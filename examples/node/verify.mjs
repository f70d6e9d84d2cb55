#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// verify.mjs - judge a piece of evidence with libcloister, through koffi.
//
//   node verify.mjs EVIDENCE KEY=VALUE... [--root FILE]... [--collateral FILE]... [--at SECONDS]
//
// KEY=VALUE is what cloister_policy_set(3) takes: nonce=HEX, measurements.pcr0=HEX,
// platforms=any. Nothing is skipped by silence, except the keys in WAIVED below.
// The library is looked for where the system keeps libraries, or is $CLOISTER_LIBRARY.
// Exit status: 0 accepted, 1 refused, 2 not decided.

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import koffi from 'koffi'

// What matters to few callers. Anybody else says it, and then it is compared.
const WAIVED = ['user_data', 'public_key', 'report_data', 'platforms', 'max_age']
const FINDINGS = ['not checked', 'failed', 'held']
const [BYTES, TEXT, , , BOOL] = [1, 2, 3, 4, 5]

koffi.opaque('cloister_trust')
koffi.opaque('cloister_policy')
koffi.opaque('cloister_verdict')
// A loan: the buffer has to live as long as the call.
koffi.struct('cloister_bytes', { data: 'const uint8_t *', len: 'size_t' })
koffi.struct('cloister_fault', {
  err: 'int', sys: 'int', at: 'size_t', what: 'const char *', note: koffi.array('char', 160)
})
koffi.struct('cloister_answer', {
  id: 'const char *', name: 'const char *', question: 'const char *', reason: 'const char *',
  finding: 'int', is_waived: 'bool', lowers_level: 'bool'
})
koffi.struct('cloister_claim', { name: 'const char *', type: 'int', bytes: 'cloister_bytes', number: 'uint64_t' })

const lib = koffi.load(process.env.CLOISTER_LIBRARY ?? 'libcloister.so.0')
const WHY = '_Out_ cloister_fault *why'
const c = {
  trustNew: lib.func(`int cloister_trust_new(_Out_ cloister_trust **out, ${WHY})`),
  addRoot: lib.func(`int cloister_trust_add_root(cloister_trust *t, cloister_bytes cert, ${WHY})`),
  addCollateral: lib.func(`int cloister_trust_add_collateral(cloister_trust *t, cloister_bytes piece, ${WHY})`),
  trustFree: lib.func('void cloister_trust_free(cloister_trust *t)'),
  policyNew: lib.func(`int cloister_policy_new(_Out_ cloister_policy **out, ${WHY})`),
  policySet: lib.func(`int cloister_policy_set(cloister_policy *p, const char *key, const char *value, ${WHY})`),
  policyFree: lib.func('void cloister_policy_free(cloister_policy *p)'),
  verify: lib.func('int cloister_verify(cloister_trust *t, const cloister_policy *p, cloister_bytes evidence, ' +
    `uint64_t now_s, _Out_ cloister_verdict **out, ${WHY})`),
  verdictFree: lib.func('void cloister_verdict_free(cloister_verdict *v)'),
  accepts: lib.func('bool cloister_verdict_accepts(const cloister_verdict *v)'),
  level: lib.func('int cloister_verdict_level(const cloister_verdict *v)'),
  kind: lib.func('const char *cloister_verdict_kind(const cloister_verdict *v)'),
  answer: lib.func('bool cloister_verdict_answer(const cloister_verdict *v, size_t i, _Out_ cloister_answer *out)'),
  claim: lib.func('bool cloister_verdict_claim(const cloister_verdict *v, size_t i, _Out_ cloister_claim *out)'),
  levelName: lib.func('const char *cloister_level_name(int level)'),
  errName: lib.func('const char *cloister_err_name(int err)')
}

const lend = (buffer) => ({ data: buffer, len: buffer.length })

// A call that could not do its work throws; a refusal is none.
function call (f, ...args) {
  const why = {}
  const err = f(...args, why)
  if (err === 0) return
  throw new Error(`${c.errName(err)}: ${why.what}: ${why.note}`)
}

function made (f) {
  const out = [null]
  call(f, out)
  return out[0]
}

function told (claim) {
  const bytes = claim.bytes.len ? Buffer.from(koffi.decode(claim.bytes.data, 'uint8_t', Number(claim.bytes.len))) : Buffer.alloc(0)
  if (claim.type === BYTES) return bytes.toString('hex')
  if (claim.type === TEXT) return bytes.toString()
  return claim.type === BOOL ? Boolean(Number(claim.number)) : claim.number
}

// Copies of everything, so that nothing has to be kept.
export function verify (trust, evidence, expected, nowS) {
  const policy = made(c.policyNew)
  const verdict = [null]
  try {
    for (const [key, value] of Object.entries(expected)) call(c.policySet, policy, key, value)
    call(c.verify, trust, policy, lend(evidence), nowS, verdict)
    const [checks, claims] = [[], {}]
    for (let i = 0, a = {}; c.answer(verdict[0], i, a); i++, a = {}) {
      checks.push({ id: a.id, name: a.name, finding: FINDINGS[a.finding], reason: a.reason })
    }
    for (let i = 0, a = {}; c.claim(verdict[0], i, a); i++, a = {}) claims[a.name] = told(a)
    return {
      accepted: c.accepts(verdict[0]),
      kind: c.kind(verdict[0]),
      level: c.levelName(c.level(verdict[0])),
      checks,
      claims
    }
  } finally {
    c.verdictFree(verdict[0])
    c.policyFree(policy)
  }
}

function main () {
  const many = { type: 'string', multiple: true, default: [] }
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { root: many, collateral: many, at: { type: 'string' } }
  })
  const [file, ...words] = positionals
  if (!file) throw new Error('usage: verify.mjs EVIDENCE KEY=VALUE... [--root FILE]... [--collateral FILE]... [--at SECONDS]')
  const expected = Object.fromEntries(WAIVED.map((key) => [key, 'any']))
  for (const word of words) {
    const at = word.indexOf('=')
    if (at < 1) throw new Error(`KEY=VALUE is due, not ${word}`)
    expected[word.slice(0, at)] = word.slice(at + 1)
  }
  const trust = made(c.trustNew)
  try {
    for (const path of values.root) call(c.addRoot, trust, lend(readFileSync(path)))
    for (const path of values.collateral) call(c.addCollateral, trust, lend(readFileSync(path)))
    const nowS = values.at === undefined ? Math.floor(Date.now() / 1000) : Number(values.at)
    const verdict = verify(trust, readFileSync(file), expected, nowS)
    for (const a of verdict.checks) {
      console.log(a.id.padEnd(4) + a.name.padEnd(22) + a.finding.padEnd(13) + a.reason)
    }
    for (const [name, value] of Object.entries(verdict.claims)) console.log(`  ${name}: ${value}`)
    console.log(`${verdict.accepted ? 'accepted' : 'refused'}, ${verdict.kind}, trust level ${verdict.level}`)
    return verdict.accepted ? 0 : 1
  } finally {
    c.trustFree(trust)
  }
}

try {
  process.exitCode = main()
} catch (error) {
  console.error(`verify.mjs: ${error.message}`)
  process.exitCode = 2
}
