import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Who may import what: the table of ARCHITECTURE.md, kept by this test. */
const src = resolve(import.meta.dirname, '../../src')

interface Import {
  readonly from: string
  readonly to: string
}

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return files(path)
    return /\.tsx?$/.test(name) ? [path] : []
  })
}

const SPECIFIER =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

const all = files(src)
const imports: Import[] = all.flatMap((file) => {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(SPECIFIER)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3]
    const to = specifier.startsWith('.')
      ? relative(src, resolve(dirname(file), specifier))
          .split(sep)
          .join('/')
      : specifier
    return { from: relative(src, file).split(sep).join('/'), to }
  })
})

const ours = (path: string) => /^(engines|main|renderer)\//.test(path)
/** Pure files beside a contract that pages may use too: document schemas and what reads them. */
const COMPANIONS = [
  'engines/pipeline/document.ts',
  'engines/pipeline/document-text.ts',
  'engines/pipeline/fingerprint.ts',
  'engines/pipeline/produce.ts',
  'engines/pipeline/warnings.ts',
  'engines/bi/dashboard.ts',
  'engines/dynamodb/expressions/ast.ts',
  'engines/quality/dqdl/rule-types.ts',
  'engines/stream/sequence.ts',
]
const isContract = (path: string) => /^engines\/([a-z]+\/)?contract\.ts$/.test(path) || COMPANIONS.includes(path)
const inNodes = (path: string) => path.startsWith('engines/pipeline/nodes/')
const pureKit = (path: string) => path.startsWith('engines/kit/pure/')
const kit = (path: string) => path.startsWith('engines/kit/')
const wiring = ['engines/contract.ts', 'engines/define.ts', 'engines/registry.ts', 'engines/host.ts']
const engineOf = (path: string) => /^engines\/([a-z]+)\//.exec(path)?.[1]
const featureOf = (path: string) => /^renderer\/features\/([a-z]+)\//.exec(path)?.[1]
const nodeBuiltin = (path: string) => path.startsWith('node:')

function breaches(of: (path: string) => boolean, allowed: (to: string, from: string) => boolean): string[] {
  return imports.filter(({ from, to }) => of(from) && !allowed(to, from)).map(({ from, to }) => `${from} imports ${to}`)
}

describe('layers', () => {
  it('kit/pure imports nothing of ours, no Node and no React', () => {
    expect(breaches(pureKit, (to) => (ours(to) ? pureKit(to) : !nodeBuiltin(to) && !to.startsWith('react')))).toEqual(
      [],
    )
  })

  it('kit/node imports the kit alone', () => {
    expect(
      breaches(
        (from) => from.startsWith('engines/kit/node/'),
        (to) => !ours(to) || kit(to),
      ),
    ).toEqual([])
  })

  it('contracts and node kinds are pure', () => {
    expect(
      breaches(
        (from) => isContract(from) || inNodes(from),
        (to) => (ours(to) ? pureKit(to) || isContract(to) || inNodes(to) : !nodeBuiltin(to) && !to.startsWith('react')),
      ),
    ).toEqual([])
  })

  it("an engine imports the kit and any contract, never another engine's inside", () => {
    expect(
      breaches(
        (from) => from.startsWith('engines/') && !kit(from) && !wiring.includes(from) && !isContract(from),
        (to, from) =>
          !ours(to) ||
          kit(to) ||
          isContract(to) ||
          to === 'engines/define.ts' ||
          engineOf(to) === engineOf(from) ||
          // The gate finds services through the registry.
          (engineOf(from) === 'gate' && to === 'engines/registry.ts'),
      ),
    ).toEqual([])
  })

  it('the shells know the kit, the contracts and the registry', () => {
    expect(
      breaches(
        (from) => from.startsWith('main/'),
        (to) => !ours(to) || to.startsWith('main/') || kit(to) || isContract(to) || wiring.includes(to),
      ),
    ).toEqual([])
  })

  it('ui components know nothing of ours', () => {
    expect(
      breaches(
        (from) => from.startsWith('renderer/ui/'),
        (to) => !ours(to) || to.startsWith('renderer/ui/'),
      ),
    ).toEqual([])
  })

  it('a feature knows ui, lib, contracts and node kinds, never another feature', () => {
    expect(
      breaches(
        (from) => featureOf(from) !== undefined,
        (to, from) =>
          !ours(to) ||
          to.startsWith('renderer/ui/') ||
          to.startsWith('renderer/lib/') ||
          to === 'renderer/client.ts' ||
          pureKit(to) ||
          isContract(to) ||
          inNodes(to) ||
          featureOf(to) === featureOf(from),
      ),
    ).toEqual([])
  })

  it('pages never import Node', () => {
    expect(
      breaches(
        (from) => from.startsWith('renderer/'),
        (to) => !nodeBuiltin(to) && to !== 'electron',
      ),
    ).toEqual([])
  })
})
