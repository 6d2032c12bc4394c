import { Plus, SquareFunction } from 'lucide-react'
import { useState } from 'react'
import { notifyError, openView, useAction } from '../../lib/index.ts'
import { Button, ConfirmDialog, EmptyState, ErrorView, IconButton, Loading, Section, Tree } from '../../ui/index.ts'
import { CreateFunction } from './CreateFunction.tsx'
import { askCreateFunction } from './createDialog.ts'
import { useFunctions } from './useFunctions.ts'

const open = (name: string) => openView('functions.function', { name })

export function FunctionExplorer() {
  const functions = useFunctions()
  const [deleting, setDeleting] = useState<string | null>(null)
  const remove = useAction((clients, signal, name: string) => clients.functions.deleteFunction({ name }, { signal }), {
    onError: (error) => notifyError('The function was not deleted', error),
  })
  const arnOf = (name: string) => functions.data?.find((other) => other.name === name)?.arn ?? ''
  return (
    <>
      <Section
        title="Functions"
        flush
        badge={functions.data?.length}
        actions={<IconButton icon={<Plus size={14} />} label="Create function" onClick={askCreateFunction} />}
      >
        {functions.error && !functions.data ? (
          <ErrorView compact title="The functions cannot be listed" error={functions.error} />
        ) : !functions.data ? (
          <Loading />
        ) : functions.data.length === 0 ? (
          <EmptyState
            icon={<SquareFunction size={20} />}
            title="No functions"
            actions={<Button onClick={askCreateFunction}>Create one</Button>}
          >
            A function is JavaScript or Python that runs for each batch of a data stream, transforms what a delivery
            stream delivers, or answers whoever invokes it.
          </EmptyState>
        ) : (
          <Tree
            label="Functions"
            fitContent
            nodes={functions.data.map(({ name, runtime }) => ({
              id: name,
              label: name,
              icon: <SquareFunction size={14} />,
              detail: runtime,
            }))}
            openOnClick
            onOpen={open}
            onDelete={setDeleting}
            menu={(name) => [
              { title: 'Open', onSelect: () => open(name) },
              { title: 'Copy ARN', onSelect: () => void navigator.clipboard.writeText(arnOf(name)) },
              'separator',
              { title: 'Delete…', shortcut: 'Delete', danger: true, onSelect: () => setDeleting(name) },
            ]}
          />
        )}
      </Section>
      <CreateFunction />
      <ConfirmDialog
        open={deleting !== null}
        onClose={() => setDeleting(null)}
        onConfirm={() => {
          if (deleting) void remove.run(deleting)
          setDeleting(null)
        }}
        title={`Delete ${deleting}?`}
        message="Its code, its settings and its log go with it. Streams that are connected to it wait for a function of that name. This cannot be undone."
        action="Delete function"
        name={deleting ?? undefined}
      />
    </>
  )
}
