import type { ReactNode } from 'react'
import { type Action, TextField, type useForm } from '../../../lib/index.ts'
import { FormDialog } from '../../../ui/index.ts'
import { closeDialog } from './asking.ts'

/** A resource that is created, or changed where there is one: its name, which stays, and what can be set. */
export function ResourceDialog<F extends { name: string }>({
  noun,
  of,
  form: { bind, submit },
  save,
  onConfirm = () => submit(() => void save.run()),
  children,
}: {
  noun: string
  of: { readonly name: string } | undefined
  form: ReturnType<typeof useForm<F>>
  save: Pick<Action<[], unknown>, 'run' | 'pending' | 'error'>
  /** In place of saving. */
  onConfirm?: (() => void) | undefined
  children: ReactNode
}) {
  return (
    <FormDialog
      title={of ? `Edit ${of.name}` : `Create ${noun}`}
      action={of ? 'Save' : 'Create'}
      pending={save.pending}
      error={save.error}
      failure={`The ${noun} was not ${of ? 'changed' : 'created'}`}
      onClose={closeDialog}
      onConfirm={onConfirm}
    >
      <TextField label="Name" required autoFocus disabled={of !== undefined} {...bind('name')} />
      {children}
    </FormDialog>
  )
}
