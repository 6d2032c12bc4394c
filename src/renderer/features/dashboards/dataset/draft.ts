import { useEffect, useState } from 'react'
import type { DataSet, DataSource } from '../../../../engines/bi/contract.ts'

/** A data set's definition as it is being written. */
export type Draft = Pick<DataSet, 'id' | 'name' | 'mode' | 'source' | 'steps'>

const EMPTY: Draft = {
  id: '',
  name: '',
  mode: 'SPICE',
  source: { type: 'warehouse', sql: '' },
  steps: [],
}

const draftOf = ({ id, name, mode, source, steps }: DataSet): Draft => ({ id, name, mode, source, steps })

const sourceText = (source: DataSource) => (source.type === 'file' ? source.uri : source.sql).trim()

export const idOf = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64)

/** The definition under the hand. One that changed elsewhere is taken unless something is being written here. */
export function useDraft(set: DataSet | null) {
  const [draft, setDraft] = useState<Draft>(() => (set ? draftOf(set) : EMPTY))
  const savedText = set ? JSON.stringify(draftOf(set)) : ''
  const [lastSaved, setLastSaved] = useState(savedText)
  useEffect(() => {
    if (savedText === lastSaved) return
    if (set && JSON.stringify(draft) === lastSaved) setDraft(draftOf(set))
    setLastSaved(savedText)
  }, [savedText, lastSaved, set, draft])
  return {
    draft,
    setDraft,
    dirty: JSON.stringify(draft) !== (savedText || JSON.stringify(EMPTY)),
    complete: draft.id !== '' && draft.name !== '' && sourceText(draft.source) !== '',
  }
}
