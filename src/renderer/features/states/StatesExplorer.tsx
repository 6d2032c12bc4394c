import { Route } from 'lucide-react'
import { notifyError, openView, useAction, useConfirmed, useShown } from '../../lib/index.ts'
import { ConfirmDialog, TreeSection } from '../../ui/index.ts'
import { CreateMachine } from './CreateMachine.tsx'
import { askCreateMachine } from './dialogs.ts'
import { useMachines } from './useStates.ts'

const open = (name: string) => openView('states.machine', { name })

export function StatesExplorer() {
  const machines = useMachines()
  const shown = useShown<{ name: string }>('states.machine')
  const remove = useAction(
    (clients, signal, name: string) => clients.states.deleteMachine({ machineArn: name }, { signal }),
    { onError: (error) => notifyError('The state machine was not deleted', error) },
  )
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((name: string) => remove.run(name))
  const arnOf = (name: string) => machines.data?.find((other) => other.name === name)?.arn ?? ''
  return (
    <>
      <TreeSection
        title="State machines"
        nodes={machines.data?.map(({ name, type }) => ({
          id: name,
          label: name,
          icon: <Route size={14} />,
          detail: type === 'EXPRESS' ? 'Express' : '',
        }))}
        error={machines.error}
        selected={shown?.name ?? null}
        add={{ label: 'Create state machine', onAdd: askCreateMachine }}
        empty={{
          icon: <Route size={20} />,
          text: 'A state machine runs Batch jobs, functions, queries and calls of other services in order, side by side or for each of many items, and says what happens when one of them fails.',
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
      <CreateMachine />
      <ConfirmDialog
        {...dialog}
        title={`Delete ${deleting}?`}
        message="Its definition, versions and aliases go. Executions that are running go on to their end, and histories are kept."
        action="Delete state machine"
        name={deleting ?? undefined}
      />
    </>
  )
}
