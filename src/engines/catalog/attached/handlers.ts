import { inPlace } from '../../kit/pure/file-reading.ts'
import { ATTACHED } from '../contract.ts'
import type { CatalogParts, HandlersOf } from '../handlers.ts'
import { type AttachedReach, refuse, tableOf } from './attachments.ts'
import { convertToLake, freePlace } from './convert.ts'
import { inspectFile } from './inspect.ts'
import { pastedPath, sourceFiles } from './source.ts'

export function attachedHandlers(
  parts: CatalogParts,
  reach: AttachedReach,
): HandlersOf<'inspectFile' | 'attachFile' | 'attachedFiles' | 'attachedNotes'> {
  const { attachments } = parts
  return {
    inspectFile: async (input, { signal }) => {
      await attachments.allow(pastedPath(input.source))
      const found = await inspectFile(input, reach, signal)
      return { ...found, name: attachments.freeName(found.name) }
    },
    async *attachFile({ name, source: pasted, reading }, { signal }) {
      attachments.checkName(name)
      if (reading.columns.length === 0) throw refuse('source', 'It has no columns.')
      await attachments.allow(pastedPath(pasted))
      const { source, files } = await sourceFiles(pastedPath(pasted), reach)
      const attachment = { name, source, reading, attachedMs: parts.clock.now() }
      if (inPlace(reading)) {
        for (const { path } of files) {
          signal.throwIfAborted()
          await reach.duck.readable(path)
        }
      } else {
        const place = await freePlace(name, reach.clients.lake)
        for await (const doneBytes of convertToLake(files, reading.encoding, place, reach.clients.lake, signal))
          yield { doneBytes }
        Object.assign(attachment, {
          source: `s3://${place.bucket}/${place.prefix}`,
          reading: { ...reading, encoding: 'utf-8' },
        })
      }
      await attachments.add(attachment)
      parts.changes.announce({ database: ATTACHED, table: name })
      yield { doneBytes: 0, table: tableOf(attachment) }
    },
    attachedFiles: ({ table }) => attachments.files(table),
    attachedNotes: ({ table }, { signal }) => attachments.notes(table, signal),
  }
}
