import type { ReactNode } from 'react'
import type { Kept } from '../../../../engines/catalog/contract.ts'
import { useAction } from '../../../lib/index.ts'
import { FormDialog } from '../../../ui/index.ts'

/** One that is there and is changed, or one to be made. */
export type Asked = Kept | 'new'

export interface AskedProps {
  asked: Asked
  /** The database that a function is in; empty for what belongs to the whole catalog. */
  scope?: string
  onClose: () => void
}

/** The document of what is changed, in Glue's words. */
export function documentOf<T extends object>(asked: Asked): Partial<T> {
  return asked === 'new' ? {} : (JSON.parse(asked.document) as Partial<T>)
}

/** Keeps a document of Glue's in the catalog: made, or changed in place. */
export function KeptDialog({
  kind,
  asked,
  scope = '',
  name,
  document,
  ready,
  onClose,
  children,
}: AskedProps & {
  kind: 'function' | 'connection' | 'classifier'
  name: string
  document: object
  ready: boolean
  children: ReactNode
}) {
  const isNew = asked === 'new'
  const save = useAction(
    (clients, signal) =>
      clients.catalog.keep(
        { kind, scope, name, document: JSON.stringify(document), how: isNew ? 'create' : 'update' },
        { signal },
      ),
    { onDone: onClose },
  )
  return (
    <FormDialog
      width={560}
      title={isNew ? `Create ${kind}` : `Edit ${kind} ${name}`}
      action={isNew ? 'Create' : 'Save'}
      disabled={name.trim() === '' || !ready}
      pending={save.pending}
      error={save.error}
      failure={`The ${kind} was not saved`}
      onClose={onClose}
      onConfirm={() => void save.run()}
    >
      {children}
    </FormDialog>
  )
}
