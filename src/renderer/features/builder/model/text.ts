import { writeDocument } from '../../../../engines/kit/pure/document-text.ts'
import { PIPELINE_FORMAT } from '../../../../engines/pipeline/document.ts'
import type { Document } from './items.ts'

export const documentText: (document: Document) => string = writeDocument

export function emptyDocument(name: string): Document {
  return {
    format: PIPELINE_FORMAT,
    name,
    description: '',
    nodes: [],
    wires: [],
    notes: [],
    groups: [],
    run: { clock: 'virtual', speed: 60, seed: 'millrace' },
  }
}

/** Line (1-based) on which a node or wire begins in the document's own text, so that the text view can go there. */
export function lineOfItem(text: string, list: 'nodes' | 'wires', id: string): number | null {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`  "${list}": [`))
  if (start < 0) return null
  const wanted = `      "id": ${JSON.stringify(id)}`
  for (let i = start; i < lines.length && lines[i] !== '  ],'; i++) if (lines[i].startsWith(wanted)) return i + 1
  return null
}
