import { Plus } from 'lucide-react'
import { type ComponentType, type ReactNode, useState } from 'react'
import { notifyError, useAction, useConfirmed } from '../../../lib/index.ts'
import { Button, ConfirmDialog, type DataColumn, DataTable, EmptyState } from '../../../ui/index.ts'
import type { RuleDialogProps } from './rule-dialog.ts'

/** Rules of one kind, which S3 keeps as one list: a double click opens a rule, its menu deletes it. */
export function RuleList<R>({
  title,
  noun,
  hint,
  icon,
  rules,
  nameOf,
  columns,
  put,
  Dialog,
}: {
  title: string
  noun: string
  hint: string
  icon: ReactNode
  rules: readonly R[]
  nameOf: (rule: R) => string
  columns: readonly DataColumn<R>[]
  /** Replaces the list. */
  put: (rules: R[]) => Promise<unknown>
  Dialog: ComponentType<RuleDialogProps<R>>
}) {
  const [asked, setAsked] = useState<R | 'new' | null>(null)
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((each: R) => remove.run(each))
  const rule = asked === 'new' || asked === null ? undefined : asked
  const save = useAction(
    (_clients, _signal, next: R) => put(rule ? rules.map((each) => (each === rule ? next : each)) : [...rules, next]),
    { onDone: () => setAsked(null) },
  )
  const remove = useAction((_clients, _signal, gone: R) => put(rules.filter((each) => each !== gone)), {
    onError: (error) => notifyError(`The ${noun} was not deleted`, error),
  })
  const add = (
    <Button size="s" icon={<Plus size={13} />} onClick={() => setAsked('new')}>
      Add {noun}…
    </Button>
  )
  return (
    <>
      {rules.length === 0 ? (
        <EmptyState icon={icon} title={`No ${title.toLowerCase()}`} actions={add}>
          {hint}
        </EmptyState>
      ) : (
        <DataTable
          label={title}
          columns={columns}
          rows={rules}
          rowKey={(each, index) => `${index} ${nameOf(each)}`}
          onOpen={setAsked}
          rowMenu={(each) => [
            { title: 'Edit…', shortcut: 'Enter', onSelect: () => setAsked(each) },
            'separator',
            { title: 'Delete…', danger: true, onSelect: () => askDelete(each) },
          ]}
          tools={add}
        />
      )}
      {asked !== null && (
        <Dialog
          rule={rule}
          others={rules.filter((each) => each !== rule)}
          save={save}
          onClose={() => {
            save.reset()
            setAsked(null)
          }}
        />
      )}
      <ConfirmDialog
        {...dialog}
        title={`Delete this ${noun}?`}
        message={`${deleting ? nameOf(deleting) : ''} is no longer carried out from then on.`}
        action={`Delete ${noun}`}
      />
    </>
  )
}
