// Scaffolds: a new engine or node kind with its files, and its lines in the lists that know it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, say } from './toolchain.mjs'

function edit(file, change) {
  const path = join(root, file)
  const before = readFileSync(path, 'utf8')
  const after = change(before)
  if (after === before) throw new Error(`${file} has not the shape this script knows: add the line by hand`)
  writeFileSync(path, after)
  say(`changed  ${file}`)
}

function create(file, text) {
  const path = join(root, file)
  if (existsSync(path)) throw new Error(`${file} exists already`)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  say(`created  ${file}`)
}

export function newEngine(name) {
  if (!/^[a-z][a-z0-9]*$/.test(name ?? '')) throw new Error('npm run new:engine -- NAME: lower-case letters and digits')
  create(
    `src/engines/${name}/contract.ts`,
    `import { z } from 'zod'
import { call, defineContract, nothing } from '../kit/pure/contract.ts'

export const ${name} = defineContract('${name}', {
  describe: call(nothing, z.object({ startedMs: z.number() })),
})
`,
  )
  create(
    `src/engines/${name}/engine.ts`,
    `import { defineEngine } from '../define.ts'

export const engine = defineEngine({
  name: '${name}',
  needs: [],
  async start({ clock }) {
    const startedMs = clock.now()
    return {
      handlers: { describe: () => ({ startedMs }) },
      stop: async () => {},
    }
  },
})
`,
  )
  create(`src/engines/${name}/README.md`, `# ${name}\n\nWhat it is faithful to, what it is not, and its limits.\n`)
  edit('src/engines/contract.ts', (text) =>
    text
      .replace(/(import \{ workspace \})/, `import { ${name} } from './${name}/contract.ts'\n$1`)
      .replace(/\n\} as const/, `\n  ${name},\n} as const`),
  )
  edit('src/engines/registry.ts', (text) =>
    text.replace(/\n\}\n$/, `\n  ${name}: { host: 'control', load: () => import('./${name}/engine.ts') },\n}\n`),
  )
}

export function newNode(kind) {
  if (!/^[a-z][a-z-]*$/.test(kind ?? '')) throw new Error('npm run new:node -- KIND: lower-case letters and dashes')
  const constant = kind.replaceAll(/-([a-z])/g, (_, letter) => letter.toUpperCase())
  const title = `${kind[0].toUpperCase()}${kind.slice(1).replaceAll('-', ' ')}`
  create(
    `src/engines/pipeline/nodes/${kind}.ts`,
    `import { z } from 'zod'
import { defineNode, ui } from './define.ts'

export const ${constant} = defineNode({
  kind: '${kind}',
  title: '${title}',
  summary: 'One sentence for the palette.',
  group: 'Transform',
  icon: 'box',
  inputs: [{ name: 'in', type: 'records', required: true }],
  outputs: [{ name: 'out', type: 'records' }],
  version: 1,
  config: z.object({
    note: z.string().default('').meta(ui({ label: 'Note' })),
  }),
  behaviour: {
    prepare: async () => undefined,
    async run(context) {
      const input = context.records('in')
      const out = context.out('out')
      for (let batch = await input?.take(); batch; batch = await input?.take()) await out?.push(batch)
    },
    // A node that keeps rows somewhere also has \`account\`: it reads its sink back and answers how many rows are there, and whether
    // they are those that went in (see stream.ts and delivery.ts). One that only passes rows on is counted by the run itself.
  },
})
`,
  )
  edit('src/engines/pipeline/nodes/index.ts', (text) =>
    text
      .replace(/(import type \{ DefinedNode \})/, `import { ${constant} } from './${kind}.ts'\n$1`)
      .replace(/\n\]\n/, `\n  ${constant},\n]\n`),
  )
}
