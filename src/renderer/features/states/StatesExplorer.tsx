import { Plus, Route } from 'lucide-react'
import { useState } from 'react'
import { notifyError, openView, useAction } from '../../lib/index.ts'
import { Button, ConfirmDialog, EmptyState, ErrorView, IconButton, Loading, Section, Tree } from '../../ui/index.ts'
import { CreateMachine } from './CreateMachine.tsx'
import { askCreateMachine } from './dialogs.ts'
import { useMachines } from './useStates.ts'

const open = (name: string) => openView('states.machine', { name })

export function StatesExplorer() {
  const machines = useMachines()
  const [deleting, setDeleting] = useState<string | null>(null)
  const remove = useAction(
    (clients, signal, name: string) => clients.states.deleteMachine({ machineArn: name }, { signal }),
    { onError: (error) => notifyError('The state machine was not deleted', error) },
  )
  const arnOf = (name: string) => machines.data?.find((other) => other.name === name)?.arn ?? ''
  return (
    <>
      <Section
        title="State machines"
        flush
        badge={machines.data?.length}
        actions={<IconButton icon={<Plus size={14} />} label="Create state machine" onClick={askCreateMachine} />}
      >
        {machines.error && !machines.data ? (
          <ErrorView compact title="The state machines cannot be listed" error={machines.error} />
        ) : !machines.data ? (
          <Loading />
        ) : machines.data.length === 0 ? (
          <EmptyState
            icon={<Route size={20} />}
            title="No state machines"
            actions={<Button onClick={askCreateMachine}>Create one</Button>}
          >
            A state machine runs Batch jobs, functions, queries and calls of other services in order, side by side or
            for each of many items, and says what happens when one of them fails.
          </EmptyState>
        ) : (
          <Tree
            label="State machines"
            fitContent
            nodes={machines.data.map(({ name, type }) => ({
              id: name,
              label: name,
              icon: <Route size={14} />,
              detail: type === 'EXPRESS' ? 'Express' : '',
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
      <CreateMachine />
      <ConfirmDialog
        open={deleting !== null}
        onClose={() => setDeleting(null)}
        onConfirm={() => {
          if (deleting) void remove.run(deleting)
          setDeleting(null)
        }}
        title={`Delete ${deleting}?`}
        message="Its definition, versions and aliases go. Executions that are running go on to their end, and histories are kept."
        action="Delete state machine"
        name={deleting ?? undefined}
      />
    </>
  )
}
