import { useRemembered } from '../../lib/index.ts'
import type { Engine } from './open.ts'

/** Of so many tables the part is remembered that was looked at last. */
const REMEMBERED = 200

const keyOf = (engine: Engine, database: string, table: string) => `${engine}:${database}.${table}`

/** Chooses the part of its page that a table shows. */
export function useChoosePart(): (engine: Engine, database: string, table: string, part: string) => void {
  return useParts()[1]
}

/** The part that a table's page shows: each table keeps its own. */
export function usePart(engine: Engine, database: string, table: string): [string, (part: string) => void] {
  const [parts, choose] = useParts()
  return [parts[keyOf(engine, database, table)] ?? 'columns', (part) => choose(engine, database, table, part)]
}

function useParts() {
  const [parts, setParts] = useRemembered<Readonly<Record<string, string>>>('catalog.parts', {})
  const choose = (engine: Engine, database: string, table: string, part: string) =>
    setParts((before) => {
      const key = keyOf(engine, database, table)
      const others = Object.entries(before).filter(([other]) => other !== key)
      return Object.fromEntries([...others.slice(1 - REMEMBERED), [key, part]])
    })
  return [parts, choose] as const
}
