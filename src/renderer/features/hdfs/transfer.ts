import type { Clients } from '../../../engines/contract.ts'
import { formatBytes, startWork } from '../../lib/index.ts'
import { saveFile } from '../../ui/index.ts'
import { nameOf, within } from './paths.ts'

const MIB = 1024 * 1024
/** Writes under way at once: the next piece is read and sent while the last ones go to the nodes. */
const UNDER_WAY = 4
/** What has arrived of a download is handed to the browser in parts of so many bytes, which it may keep on disk. */
const PART_BYTES = 16 * MIB

interface Place {
  readonly cluster: string
  readonly path: string
}

/** Stores files in a folder, one after the other, with their progress in the status bar. A file that is cancelled leaves nothing behind. */
export async function upload(
  clients: Clients,
  { cluster, path: folder }: Place,
  files: readonly File[],
  options: { overwrite: boolean },
): Promise<number> {
  const stop = new AbortController()
  const total = files.reduce((sum, { size }) => sum + size, 0)
  const work = startWork(`Storing ${files.length === 1 ? files[0].name : `${files.length} files`} in HDFS`, () =>
    stop.abort(),
  )
  let before = 0
  try {
    for (const file of files) {
      await put(clients, { cluster, path: within(folder, file.name) }, file, options.overwrite, stop.signal, (bytes) =>
        work.update((before + bytes) / Math.max(1, total), `${formatBytes(before + bytes)} of ${formatBytes(total)}`),
      )
      before += file.size
    }
    return files.length
  } finally {
    work.done()
  }
}

async function put(
  { hdfs }: Clients,
  place: Place,
  file: File,
  overwrite: boolean,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { handle } = await hdfs.create({ ...place, overwrite })
  const sent: Promise<unknown>[] = []
  try {
    for (let at = 0; at < file.size; at += MIB) {
      signal.throwIfAborted()
      const bytes = new Uint8Array(await file.slice(at, at + MIB).arrayBuffer())
      const done = hdfs.write({ handle, bytes })
      done.catch(() => {})
      sent.push(done)
      if (sent.length === UNDER_WAY) await sent.shift()
      onBytes(at)
    }
    await Promise.all(sent)
    signal.throwIfAborted()
    await hdfs.close({ handle })
  } catch (thrown) {
    await Promise.allSettled(sent)
    await hdfs.abandon({ handle }).catch(() => {})
    throw thrown
  }
}

/** Gives the person a file of HDFS, with its progress in the status bar. */
export async function download(clients: Clients, file: Place & { bytes: number }): Promise<void> {
  const stop = new AbortController()
  const work = startWork(`Saving ${nameOf(file.path)}`, () => stop.abort())
  const parts: Blob[] = []
  let pieces: BlobPart[] = []
  let held = 0
  let read = 0
  try {
    for await (const { bytes } of clients.hdfs.read(
      { cluster: file.cluster, path: file.path },
      { signal: stop.signal },
    )) {
      pieces.push(bytes as Uint8Array<ArrayBuffer>)
      held += bytes.length
      read += bytes.length
      work.update(read / Math.max(1, file.bytes), `${formatBytes(read)} of ${formatBytes(file.bytes)}`)
      if (held < PART_BYTES) continue
      parts.push(new Blob(pieces))
      pieces = []
      held = 0
    }
    saveFile(nameOf(file.path), [...parts, ...pieces], 'application/octet-stream')
  } finally {
    work.done()
  }
}
