import { SquareFunction } from 'lucide-react'
import { notifyError, openView, useAction, useConfirmed, useShown } from '../../lib/index.ts'
import { ConfirmDialog, TreeSection } from '../../ui/index.ts'
import { CreateFunction } from './CreateFunction.tsx'
import { askCreateFunction } from './createDialog.ts'
import { useFunctions } from './useFunctions.ts'

const open = (name: string) => openView('functions.function', { name })

export function FunctionExplorer() {
  const functions = useFunctions()
  const shown = useShown<{ name: string }>('functions.function')
  const remove = useAction((clients, signal, name: string) => clients.functions.deleteFunction({ name }, { signal }), {
    onError: (error) => notifyError('The function was not deleted', error),
  })
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((name: string) => remove.run(name))
  const arnOf = (name: string) => functions.data?.find((other) => other.name === name)?.arn ?? ''
  return (
    <>
      <TreeSection
        title="Functions"
        nodes={functions.data?.map(({ name, runtime }) => ({
          id: name,
          label: name,
          icon: <SquareFunction size={14} />,
          detail: runtime,
        }))}
        error={functions.error}
        selected={shown?.name ?? null}
        add={{ label: 'Create function', onAdd: askCreateFunction }}
        empty={{
          icon: <SquareFunction size={20} />,
          text: 'A function is JavaScript or Python that runs for each batch of a data stream, transforms what a delivery stream delivers, or answers whoever invokes it.',
        }}
        onOpen={open}
        onDelete={askDelete}
        menu={(name) => [
          { title: 'Open', onSelect: () => open(name) },
          { title: 'Copy ARN', onSelect: () => void navigator.clipboard.writeText(arnOf(name)) },
          'separator',
          { title: 'Delete…', shortcut: 'Delete', danger: true, onSelect: () => askDelete(name) },
        ]}
      />
      <CreateFunction />
      <ConfirmDialog
        {...dialog}
        title={`Delete ${deleting}?`}
        message="Its code, its settings and its log go with it. Streams that are connected to it wait for a function of that name. This cannot be undone."
        action="Delete function"
        name={deleting ?? undefined}
      />
    </>
  )
}
