import { Plus } from 'lucide-react'
import { type ComponentType, type ReactNode, useState } from 'react'
import type { Kept } from '../../../../engines/catalog/contract.ts'
import { notifyError, useAction, useCall, useConfirmed, useFeed } from '../../../lib/index.ts'
import { Button, ConfirmDialog, IconButton, Section, Tree } from '../../../ui/index.ts'
import { Listed } from '../Listed.tsx'
import type { Asked, AskedProps } from './KeptDialog.tsx'

/** What the catalog keeps of one kind: a click opens its form, its menu deletes it. */
export function KeptSection({
  kind,
  title,
  icon,
  hint,
  loss,
  detail,
  Dialog,
}: {
  kind: 'connection' | 'classifier'
  title: string
  icon: ReactNode
  hint: string
  /** What a deletion means, for who is asked. */
  loss: string
  detail: (kept: Kept) => string
  Dialog: ComponentType<AskedProps>
}) {
  const turn = useFeed((clients, signal) => clients.catalog.watch({}, { signal }), [], {
    initial: 0,
    fold: (count: number, { database }) => (database === '' ? count + 1 : count),
  }).data
  const call = useCall((clients, signal) => clients.catalog.listKept({ kind }, { signal }), [kind, turn])
  const [asked, setAsked] = useState<Asked | null>(null)
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((each: string) => remove.run(each))
  const remove = useAction((clients, signal, name: string) => clients.catalog.forget({ kind, name }, { signal }), {
    onError: (error) => notifyError(`The ${kind} was not deleted`, error),
  })
  const all = call.data ?? []
  const edit = (name: string) => setAsked(all.find((kept) => kept.name === name) ?? null)
  return (
    // A dialog is there whether the section is open or not.
    <>
      <Section
        title={title}
        flush
        open={false}
        badge={call.data?.length}
        actions={<IconButton icon={<Plus size={14} />} label={`Create ${kind}`} onClick={() => setAsked('new')} />}
      >
        <Listed
          call={call}
          empty={all.length === 0}
          what={`The list of ${title.toLowerCase()}`}
          hint={hint}
          action={<Button onClick={() => setAsked('new')}>Create a {kind}</Button>}
        >
          <Tree
            label={title}
            fitContent
            openOnClick
            nodes={all.map((kept) => ({ id: kept.name, label: kept.name, icon, detail: detail(kept) }))}
            onOpen={edit}
            onDelete={askDelete}
            menu={(name) => [
              { title: 'Edit…', shortcut: 'Enter', onSelect: () => edit(name) },
              { title: 'Copy name', onSelect: () => void navigator.clipboard.writeText(name) },
              'separator',
              { title: 'Delete…', shortcut: 'Delete', danger: true, onSelect: () => askDelete(name) },
            ]}
          />
        </Listed>
      </Section>
      {asked && <Dialog asked={asked} onClose={() => setAsked(null)} />}
      <ConfirmDialog {...dialog} title={`Delete the ${kind} ${deleting}?`} message={loss} action={`Delete ${kind}`} />
    </>
  )
}
