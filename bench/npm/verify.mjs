// SPDX-License-Identifier: Apache-2.0
//
// verify.mjs - verdicts per second of verifiers from npm, on the files that Cloister was
// measured on just before. Prints one line for each.
//
//   verify.mjs SECONDS quote QUOTE BUNDLE AT_S      @phala/dcap-qvl
//   verify.mjs SECONDS nitro DOCUMENT AT_S          @evervault/wasm-attestation-bindings
//
// BUNDLE is a folder with tcb_info.json, qe_identity.json, root_ca_crl.der, pck_crl*.der and
// tcb_signing_chain.pem. Both judge as of AT_S: the first is told, the second reads the clock,
// which is set here.

import { createRequire } from 'node:module'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version
const clock = performance.now.bind(performance)

// The median of windows of 50 ms, after one to warm up.
async function perSecond (seconds, once) {
  const rates = []
  for (let end = clock() + seconds * 1000; clock() < end || rates.length < 4;) {
    const from = clock()
    let n = 0
    do {
      await once()
      n++
    } while (clock() - from < 50)
    rates.push(n / (clock() - from) * 1000)
  }
  rates.shift()
  return rates.sort((a, b) => a - b)[rates.length >> 1]
}

// {"tcbInfo":{...},"signature":"..."}: the inner text as sent, and the signature.
function halves (text, member) {
  const start = text.indexOf('{', text.indexOf(`"${member}"`))
  const end = text.lastIndexOf('}', text.lastIndexOf('"signature"')) + 1
  return [text.slice(start, end), JSON.parse(text).signature]
}

function collateral (folder) {
  const read = (name) => readFileSync(join(folder, name))
  const chain = read('tcb_signing_chain.pem').toString()
  const [tcbInfo, tcbSignature] = halves(read('tcb_info.json').toString(), 'tcbInfo')
  const [qe, qeSignature] = halves(read('qe_identity.json').toString(), 'enclaveIdentity')
  const pck = readdirSync(folder).find((name) => name.startsWith('pck_crl'))
  return {
    pck_crl_issuer_chain: chain,
    root_ca_crl: read('root_ca_crl.der'),
    pck_crl: read(pck),
    tcb_info_issuer_chain: chain,
    tcb_info: tcbInfo,
    tcb_info_signature: Buffer.from(tcbSignature, 'hex'),
    qe_identity_issuer_chain: chain,
    qe_identity: qe,
    qe_identity_signature: Buffer.from(qeSignature, 'hex')
  }
}

async function quote (seconds, file, bundle, at) {
  const name = '@phala/dcap-qvl'
  const { verify } = await import(name)
  const [bytes, set] = [readFileSync(file), collateral(bundle)]
  const says = await verify(bytes, set, Number(at))
  const rate = await perSecond(seconds, () => verify(bytes, set, Number(at)))
  return [`${name} ${version(name)}`, says.status, rate]
}

async function nitro (seconds, file, at) {
  const name = '@evervault/wasm-attestation-bindings'
  const real = Date.now
  Date.now = () => Number(at) * 1000
  const module = await import(name)
  module.initSync({ module: readFileSync(new URL(`node_modules/${name}/index_bg.wasm`, import.meta.url)) })
  const text = readFileSync(file).toString('base64')
  const once = () => module.validateAttestationDocPcrs(text, [module.PCRs.empty()])
  const says = once()
  const rate = await perSecond(seconds, once)
  Date.now = real
  return [`${name} ${version(name)}`, says, rate]
}

const [seconds, kind, ...rest] = process.argv.slice(2)
try {
  const [name, says, rate] = await (kind === 'quote' ? quote : nitro)(Number(seconds), ...rest)
  console.log(`${name.padEnd(44)} ${rate.toFixed(0).padStart(8)} /s  ${(1e6 / rate).toFixed(0).padStart(7)} us  says ${says}`)
} catch (error) {
  console.log(`${kind}: ${String(error.message ?? error).split('\n')[0]}`)
  process.exitCode = 1
}
