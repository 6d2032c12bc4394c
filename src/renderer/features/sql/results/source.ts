import { useMemo } from 'react'
import type { Clients } from '../../../../engines/contract.ts'
import type { Arrangement, Term } from '../../../../engines/results/contract.ts'
import { tableColumns, useClients } from '../../../lib/index.ts'
import { type DataColumn, type PagedSource, parseTerms } from '../../../ui/index.ts'
import type { Execution } from '../execution.ts'
import { exportFile, FORMATS } from './exporting.ts'

const NONE: Arrangement = { sort: [], terms: [] }
/** The rows of a result, arranged, searched and exported by the engine that has them: here are only the pages in sight. */
export function useResultSource(
  execution: Execution,
  columns: readonly DataColumn<never>[],
  /** What its files are called. */
  named: (sql: string) => string,
): PagedSource | null {
  const clients = useClients()
  const { engine, id, rowCount, sql } = execution
  return useMemo(() => {
    if (rowCount === null) return null
    return sourceOf(clients, { of: { engine, id }, name: () => named(sql), columns }, NONE, rowCount)
  }, [clients, engine, id, rowCount, sql, columns, named])
}

interface Result {
  readonly of: { engine: Execution['engine']; id: string }
  readonly name: () => string
  readonly columns: readonly DataColumn<never>[]
}

function sourceOf(clients: Clients, result: Result, arrangement: Arrangement, rowCount: number): PagedSource {
  const { of } = result
  const place = (column: string) => placeOf(result.columns, column)
  return {
    rowCount,
    page: async (start, rows, signal) =>
      (await clients.results.page({ of, arrangement, start, rows }, { signal })).values,
    arranged: async ({ sort, terms }, signal) => {
      const next: Arrangement = {
        sort: sort ? [{ column: place(sort.column), descending: sort.descending }] : [],
        terms: placed(terms, result.columns),
      }
      const { rowCount: left } = await clients.results.arrange({ of, arrangement: next }, { signal })
      return sourceOf(clients, result, next, left)
    },
    find: (word, from, backwards) => clients.results.find({ of, arrangement, word, from, backwards }),
    files: FORMATS.map(({ format, title }) => ({
      title,
      save: (chosen) => void exportFile(clients, { of, arrangement, columns: [...chosen], format }, result.name()),
    })),
  }
}

type Typed = ReturnType<typeof parseTerms>[number]

const placed = (terms: readonly Typed[], columns: readonly DataColumn<never>[]): Term[] =>
  terms.map((term) => ({ ...term, column: term.column === null ? null : placeOf(columns, term.column) }))

/** What a person typed over the rows of a result, as the engine takes it. */
export function termsOf(filter: string, columns: NonNullable<Execution['columns']>): Term[] {
  const shown = tableColumns(columns)
  return placed(parseTerms(filter, shown), shown)
}

export function placeOf(columns: readonly DataColumn<never>[], id: string): number {
  return columns.findIndex((column) => column.id === id)
}
