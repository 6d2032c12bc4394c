import { useMemo } from 'react'
import type { Clients } from '../../../../engines/contract.ts'
import type { Arrangement, ExportFormat } from '../../../../engines/results/contract.ts'
import { notify, notifyError, startWork, useClients } from '../../../lib/index.ts'
import { type DataColumn, type PagedSource, saveFile } from '../../../ui/index.ts'
import type { Execution } from '../execution.ts'
import { gist } from '../model/statements.ts'

const NONE: Arrangement = { sort: [], terms: [] }
const FORMATS: readonly { format: ExportFormat; title: string; type: string }[] = [
  { format: 'csv', title: 'Export as CSV', type: 'text/csv' },
  { format: 'parquet', title: 'Export as Parquet', type: 'application/vnd.apache.parquet' },
  { format: 'json', title: 'Export as JSON', type: 'application/json' },
  {
    format: 'xlsx',
    title: 'Export as Excel',
    type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  },
]

/** The rows of a result, arranged, searched and exported by the engine that has them: here are only the pages in sight. */
export function useResultSource(execution: Execution, columns: readonly DataColumn<never>[]): PagedSource | null {
  const clients = useClients()
  const { engine, id, rowCount, sql } = execution
  return useMemo(() => {
    if (rowCount === null) return null
    return sourceOf(clients, { of: { engine, id }, name: gist(sql, 40), columns }, NONE, rowCount)
  }, [clients, engine, id, rowCount, sql, columns])
}

interface Result {
  readonly of: { engine: Execution['engine']; id: string }
  readonly name: string
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
        terms: terms.map((term) => ({ ...term, column: term.column === null ? null : place(term.column) })),
      }
      const { rowCount: left } = await clients.results.arrange({ of, arrangement: next }, { signal })
      return sourceOf(clients, result, next, left)
    },
    find: (word, from, backwards) => clients.results.find({ of, arrangement, word, from, backwards }),
    files: FORMATS.map(({ format, title, type }) => ({
      title,
      save: (chosen) => void save(clients, { of, arrangement, columns: [...chosen], format }, result.name, type),
    })),
  }
}

export function placeOf(columns: readonly DataColumn<never>[], id: string): number {
  return columns.findIndex((column) => column.id === id)
}

/** The engine makes the file; its pieces go to the browser's own store of blobs as they come. */
async function save(
  clients: Clients,
  wanted: Parameters<Clients['results']['export']>[0],
  name: string,
  type: string,
): Promise<void> {
  const stop = new AbortController()
  const file = `${name.replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '') || 'result'}.${wanted.format}`
  const work = startWork(`Exporting ${file}`, () => stop.abort())
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let blob = new Blob([], { type })
  try {
    for await (const step of clients.results.export(wanted, { signal: stop.signal })) {
      if ('progress' in step) work.update(step.progress)
      else {
        work.update(step.done)
        pieces.push(step.bytes)
        if (pieces.length < 32) continue
        blob = new Blob([blob, ...pieces.splice(0)], { type })
      }
    }
    if (stop.signal.aborted) return
    saveFile(file, [blob, ...pieces], type)
    notify({ tone: 'good', title: `${file} is written` })
  } catch (thrown) {
    if (!stop.signal.aborted) notifyError('The result was not exported', thrown)
  } finally {
    work.done()
  }
}
