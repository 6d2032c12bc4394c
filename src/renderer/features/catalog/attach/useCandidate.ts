import { useEffect, useRef, useState } from 'react'
import { type GivenFile, givenFiles, useAction } from '../../../lib/index.ts'
import { useAttachDialog } from './dialog.ts'
import { uploadFile } from './upload.ts'

/** The source that the dialog looks at: typed, of a gesture, or uploaded where only a browser has its bytes. */
export function useCandidate() {
  const candidate = useAttachDialog(({ queue }) => queue[0])
  const [source, setSource] = useState('')
  const [share, setShare] = useState(0)
  const uploaded = useRef<{ bucket: string; key: string }>(undefined)
  const upload = useAction((clients, signal, file: File) => uploadFile(clients, file, setShare, signal), {
    onDone: (object) => {
      uploaded.current = object
      setSource(`s3://${object.bucket}/${object.key}`)
    },
  })
  const discard = useAction(async (clients, signal) => {
    const object = uploaded.current
    uploaded.current = undefined
    if (object) await clients.lake.deleteObjects({ bucket: object.bucket, keys: [object.key] }, { signal })
  })
  const take = (next: GivenFile | undefined) => {
    void discard.run()
    setShare(0)
    upload.cancel()
    upload.reset()
    setSource(next && 'path' in next ? next.path : '')
    if (next && 'file' in next) void upload.run(next.file)
  }
  const latest = useRef(take)
  latest.current = take
  useEffect(() => latest.current(candidate), [candidate])
  return {
    source,
    type: (path: string) => {
      upload.cancel()
      void discard.run()
      setSource(path)
    },
    choose: async (files: readonly File[]) => {
      const queue = await givenFiles(files)
      useAttachDialog.setState({ queue, total: queue.length })
    },
    /** What was uploaded stays in the lake. */
    keep: () => {
      uploaded.current = undefined
    },
    give: () => {
      upload.cancel()
      void discard.run()
    },
    upload: { pending: upload.pending, share, error: upload.error, cancel: upload.cancel },
  }
}
