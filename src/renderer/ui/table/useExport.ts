import { useState } from 'react'
import { type ExportFormat, type ExportSource, exportRows } from './export.ts'

/** Writing a file of the rows in sight's order, one at a time, with its progress. */
export function useExport(source: () => ExportSource) {
  const [writing, setWriting] = useState<{ format: ExportFormat; share: number; stop: AbortController } | null>(null)
  const save = async (format: ExportFormat) => {
    const stop = new AbortController()
    setWriting({ format, share: 0, stop })
    try {
      await exportRows(format, source(), (share) => setWriting({ format, share, stop }), stop.signal)
    } finally {
      setWriting(null)
    }
  }
  return { writing, save }
}
