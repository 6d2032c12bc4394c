import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../pure/errors.ts'
import { PriceTable } from '../pure/prices.ts'
import { writeFileAtomic } from './files.ts'

const FILE = 'prices.json'

interface Directories {
  readonly workspaceDirectory: string
  readonly resourcesDirectory: string
}

/** The prices that the program ships, with those in their places that a `prices.json` in the workspace's root has. */
export function readPrices({ workspaceDirectory, resourcesDirectory }: Directories): PriceTable {
  const shipped = readTable(join(resourcesDirectory, FILE), PriceTable)
  const own = join(workspaceDirectory, FILE)
  if (!existsSync(own)) return shipped
  const table = readTable(own, PriceTable.partial())
  return { ...shipped, ...table, items: { ...shipped.items, ...table.items } }
}

/** Writes the workspace's own table. */
export function writePrices({ workspaceDirectory }: Pick<Directories, 'workspaceDirectory'>, table: PriceTable): void {
  writeFileAtomic(join(workspaceDirectory, FILE), `${JSON.stringify(table, null, 2)}\n`)
}

/** Goes back to the prices that the program ships. */
export function removePrices({ workspaceDirectory }: Pick<Directories, 'workspaceDirectory'>): void {
  rmSync(join(workspaceDirectory, FILE), { force: true })
}

export function hasOwnPrices({ workspaceDirectory }: Pick<Directories, 'workspaceDirectory'>): boolean {
  return existsSync(join(workspaceDirectory, FILE))
}

/** Tables as they were read: every query asks for the price of its bytes. */
const tables = new Map<string, { stamp: string; table: unknown }>()

function readTable<S extends z.ZodType>(file: string, schema: S): z.output<S> {
  let json: unknown
  let stamp: string
  try {
    const { ino, size, mtimeMs } = statSync(file)
    stamp = `${ino}:${size}:${mtimeMs}`
    const known = tables.get(file)
    if (known?.stamp === stamp) return known.table as z.output<S>
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (thrown) {
    throw new EngineError('InvalidPriceTable', `${file} cannot be read: ${(thrown as Error).message}`, { at: { file } })
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) {
    tables.set(file, { stamp, table: parsed.data })
    return parsed.data
  }
  throw new EngineError('InvalidPriceTable', `${file} is no price table: ${z.prettifyError(parsed.error)}`, {
    at: { file },
  })
}
