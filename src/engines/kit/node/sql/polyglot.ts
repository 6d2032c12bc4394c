import { createRequire } from 'node:module'

/**
 * polyglot by its CommonJS build, which reads its WebAssembly from the disk. The other one fetches it: twice the time at the start of an
 * engine, for the same functions.
 */
const polyglot: typeof import('@polyglot-sql/sdk') & { init(): Promise<void> } = createRequire(import.meta.url)(
  '@polyglot-sql/sdk',
)
await polyglot.init()

export const { generate, parse } = polyglot
