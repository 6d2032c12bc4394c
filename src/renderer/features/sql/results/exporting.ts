import { create } from 'zustand'
import type { Clients } from '../../../../engines/contract.ts'
import type { ExportFormat } from '../../../../engines/results/contract.ts'
import { notify, notifyError, plural, startWork } from '../../../lib/index.ts'
import { saveFile } from '../../../ui/index.ts'

export const FORMATS: readonly { format: ExportFormat; title: string; type: string }[] = [
  { format: 'csv', title: 'Export as CSV', type: 'text/csv' },
  { format: 'parquet', title: 'Export as Parquet', type: 'application/vnd.apache.parquet' },
  { format: 'json', title: 'Export as JSON', type: 'application/json' },
  {
    format: 'xlsx',
    title: 'Export as Excel',
    type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  },
]

/** Files that are being written, by the execution whose rows they get. */
export const useExports = create<
  Readonly<Record<string, { file: string; share: number; cancel: () => void } | undefined>>
>(() => ({}))

/** The engine makes the file; its pieces go to the browser's own store of blobs as they come. */
export async function exportFile(
  clients: Clients,
  wanted: Parameters<Clients['results']['export']>[0],
  name: string,
): Promise<void> {
  const { id } = wanted.of
  const { type } = FORMATS.find(({ format }) => format === wanted.format)!
  const stop = new AbortController()
  const file = `${name}.${wanted.format}`
  const cancel = () => stop.abort()
  const work = startWork(`Exporting ${file}`, cancel)
  const tell = (share: number) => {
    work.update(share)
    useExports.setState({ [id]: { file, share, cancel } })
  }
  let cut = 0
  tell(0)
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let blob = new Blob([], { type })
  try {
    for await (const step of clients.results.export(wanted, { signal: stop.signal })) {
      if ('progress' in step) tell(step.progress)
      else if ('cut' in step) cut = step.cut
      else {
        tell(step.done)
        pieces.push(step.bytes)
        if (pieces.length < 32) continue
        blob = new Blob([blob, ...pieces.splice(0)], { type })
      }
    }
    if (stop.signal.aborted) return
    saveFile(file, [blob, ...pieces], type)
    if (cut === 0) notify({ tone: 'good', title: `${file} is written` })
    else
      notify({
        tone: 'warn',
        title: `${file} is written, ${plural(cut, 'text')} cut`,
        message: 'A cell of Excel ends at 32,767 characters. CSV, JSON and Parquet keep all of them.',
      })
  } catch (thrown) {
    if (!stop.signal.aborted) notifyError('The result was not exported', thrown)
  } finally {
    work.done()
    useExports.setState({ [id]: undefined })
  }
}
