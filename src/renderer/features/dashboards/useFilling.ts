import { useMemo } from 'react'
import type { Clients } from '../../../engines/contract.ts'
import { PipelineDocument } from '../../../engines/pipeline/document.ts'
import { useCall, useFeed } from '../../lib/index.ts'

const UNDER_WAY: ReadonlySet<string> = new Set(['starting', 'running', 'paused', 'draining'])
const NONE: ReadonlySet<string> = new Set()

/** Data sets that a pipeline fills now: the last day or month that they show is not whole yet. */
export function useFilling(): ReadonlySet<string> {
  const runs = useFeed((clients, signal) => clients.pipeline.watchRuns({}, { signal }), [])
  const paths = [
    ...new Set((runs.data ?? []).filter(({ state }) => UNDER_WAY.has(state)).map(({ pipeline }) => pipeline)),
  ].sort()
  const filled = useCall(
    async (clients, signal) => [...(await fillsOf(clients, paths, signal)).values()].flat(),
    [paths.join('\n')],
  )
  const key = paths.length === 0 ? '' : (filled.data ?? []).join('\n')
  return useMemo(() => (key === '' ? NONE : new Set(key.split('\n'))), [key])
}

/** The data sets that each pipeline fills. */
export async function fillsOf(
  clients: Clients,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, readonly string[]>> {
  const read = (path: string) =>
    clients.workspace.readDocument({ path }, { signal }).then(
      ({ text }): [string, readonly string[]] => [path, dataSetsOf(text)],
      (): [string, readonly string[]] => [path, []],
    )
  return new Map(await Promise.all(paths.map(read)))
}

function dataSetsOf(text: string): string[] {
  try {
    const { nodes } = PipelineDocument.parse(JSON.parse(text))
    return nodes.flatMap(({ kind, config }) => (kind === 'spice' && typeof config.id === 'string' ? [config.id] : []))
  } catch {
    // A run may outlive its file, or the file be damaged meanwhile: then nothing is known to be filled.
    return []
  }
}
