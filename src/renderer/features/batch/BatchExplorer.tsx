import { ChartGantt, FileCog, ListChecks, Scale, Server } from 'lucide-react'
import type { ComponentProps } from 'react'
import type { Clients } from '../../../engines/contract.ts'
import { notifyError, openView, useAction, useCommands, useConfirmed } from '../../lib/index.ts'
import {
  Button,
  ConfirmDialog,
  EmptyState,
  ErrorView,
  IconButton,
  Loading,
  type MenuItem,
  Section,
  TreeSection,
} from '../../ui/index.ts'
import { askFor, useAsked } from './dialogs/asking.ts'
import { Dialogs } from './dialogs/Dialogs.tsx'
import { type Library, useLibrary, useTurn } from './useBatch.ts'

type Kind = 'queue' | 'definition' | 'environment' | 'policy'
interface Deleting {
  readonly kind: Kind
  readonly name: string
}

const QUESTIONS: Record<Kind, { title: string; message: string }> = {
  queue: { title: 'job queue', message: 'Its jobs stay to be looked at. A queue is disabled before it is deleted.' },
  definition: {
    title: 'job definition',
    message: 'Jobs that were submitted with it go on; nothing new is submitted with it.',
  },
  environment: { title: 'compute environment', message: 'No job queue may use it any more.' },
  policy: { title: 'scheduling policy', message: 'No job queue may use it any more.' },
}

/** All that Batch has, by kind. */
export function BatchExplorer() {
  const library = useLibrary(useTurn())
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((each: Deleting) => remove.run(each))
  const asking = useAsked()
  const remove = useAction(
    async ({ batch }, signal, { kind, name }: Deleting) => {
      if (kind === 'definition') return batch.deregisterDefinition({ definition: name }, { signal })
      if (kind === 'policy') return batch.deletePolicy({ name }, { signal })
      // The service wants them disabled first; who confirms means both.
      if (kind === 'queue') {
        await batch.updateQueue({ name, enabled: false }, { signal })
        return batch.deleteQueue({ name }, { signal })
      }
      await batch.updateEnvironment({ name, enabled: false }, { signal })
      return batch.deleteEnvironment({ name }, { signal })
    },
    { onError: (error) => notifyError('It was not deleted', error) },
  )
  useCommands(
    () => [{ id: 'batch.refresh', title: 'Refresh Batch', group: 'Batch', run: library.reload }],
    [library.reload],
  )
  if (library.error && !library.data) return <ErrorView compact title="Batch cannot be listed" error={library.error} />
  if (!library.data) return <Loading />
  const { queues, environments, definitions, policies } = library.data
  const isEmpty = [queues, environments, definitions, policies].every(({ length }) => length === 0)
  const question = deleting && QUESTIONS[deleting.kind]
  return (
    <>
      {isEmpty ? <FirstSteps /> : <Parts library={library.data} onDelete={(kind, name) => askDelete({ kind, name })} />}
      {asking && <Dialogs key={asking.kind} asking={asking} library={library.data} />}
      <ConfirmDialog
        {...dialog}
        title={`Delete ${deleting?.name}?`}
        message={question?.message}
        action={`Delete ${question?.title}`}
      />
    </>
  )
}

/** Before there is anything: what it takes, and a job that runs without any of it being known. */
function FirstSteps() {
  const sample = useAction(runSample, {
    onDone: ({ id, name }) => openView('batch.job', { jobId: id, name }),
    onError: (error) => notifyError('The sample job was not submitted', error),
  })
  return (
    <Section title="Jobs" flush>
      <EmptyState
        icon={<ListChecks size={20} />}
        title="No jobs yet"
        actions={
          <>
            <Button variant="primary" pending={sample.pending} onClick={() => void sample.run()}>
              Run a sample job
            </Button>
            <Button onClick={() => askFor({ kind: 'environment' })}>Create compute environment</Button>
          </>
        }
      >
        A job runs what its definition says, once a compute environment of its queue has room for it. The sample makes
        one of each.
      </EmptyState>
    </Section>
  )
}

/** An environment, a queue, a definition and a job of it that says something for a while. */
async function runSample({ batch }: Clients, signal: AbortSignal): Promise<{ id: string; name: string }> {
  await batch.createEnvironment({ name: 'sample', kind: 'EC2', maxVcpus: 4 }, { signal })
  await batch.createQueue({ name: 'sample', priority: 1, environments: ['sample'] }, { signal })
  const command = ['sh', '-c', 'for i in $(seq Ref::lines); do echo "line $i of Ref::lines"; sleep 1; done']
  const container = { image: 'public.ecr.aws/docker/library/busybox', command, vcpus: 1, memoryMiB: 64 }
  await batch.registerDefinition({ name: 'count', container, parameters: { lines: '10' } }, { signal })
  const { id } = await batch.submit({ name: 'count', queue: 'sample', definition: 'count' }, { signal })
  return { id, name: 'count' }
}

function Parts({ library, onDelete }: { library: Library; onDelete: (kind: Kind, name: string) => void }) {
  const { queues, environments, definitions, policies, counts } = library
  const queueNodes = queues.map(({ name, priority, enabled }) => {
    const { RUNNING = 0, STARTING = 0, RUNNABLE = 0 } = counts.find(({ queue }) => queue === name)?.counts ?? {}
    const busy = RUNNING + STARTING > 0 ? `${RUNNING + STARTING} run` : RUNNABLE > 0 ? `${RUNNABLE} wait` : ''
    return {
      id: name,
      label: name,
      icon: <ListChecks size={14} />,
      detail: enabled ? `priority ${priority}` : 'disabled',
      end: busy,
    }
  })
  const environmentNodes = environments.map(({ name, kind, enabled, maxVcpus, used }) => ({
    id: name,
    label: name,
    icon: <Server size={14} />,
    detail: enabled ? kind : 'disabled',
    end: `${used.vcpus} / ${maxVcpus}`,
    tooltip: `${used.vcpus} of ${maxVcpus} vCPUs used`,
  }))
  const newest = definitions.filter(
    ({ name, revision }) => !definitions.some((other) => other.name === name && other.revision > revision),
  )
  // What comes first of what is wanting explains itself; the rest waits for it in a line.
  const next =
    environments.length === 0
      ? 'environment'
      : queues.length === 0
        ? 'queue'
        : newest.length === 0
          ? 'definition'
          : null
  const openQueue = (queue: string) => openView('batch.queue', { queue })
  return (
    <>
      <Part
        title="Job queues"
        nodes={queueNodes}
        add={{ label: 'Create job queue', onAdd: () => askFor({ kind: 'queue' }) }}
        onOpen={openQueue}
        onDelete={(name) => onDelete('queue', name)}
        menu={(name) => [
          { title: 'Open', onSelect: () => openQueue(name) },
          { title: 'Submit job…', onSelect: () => askFor({ kind: 'submit', queue: name }) },
          { title: 'Edit…', onSelect: () => askFor({ kind: 'queue', of: queues.find((each) => each.name === name) }) },
        ]}
        empty={{
          text: 'A queue holds jobs until its compute environments have room for them.',
          compact: next !== 'queue',
        }}
        actions={
          <IconButton
            icon={<ChartGantt size={14} />}
            label="Show capacity"
            onClick={() => openView('batch.capacity', {})}
          />
        }
      />
      <Part
        title="Job definitions"
        nodes={newest.map(({ name, revision, container }) => ({
          id: `${name}:${revision}`,
          label: name,
          icon: <FileCog size={14} />,
          detail: `revision ${revision}`,
          tooltip: container.command.join(' '),
        }))}
        add={{ label: 'Register job definition', onAdd: () => askFor({ kind: 'definition' }) }}
        onOpen={(id) =>
          askFor({ kind: 'definition', of: newest.find((each) => `${each.name}:${each.revision}` === id) })
        }
        onDelete={(id) => onDelete('definition', id)}
        menu={(id) => [
          { title: 'Submit job…', onSelect: () => askFor({ kind: 'submit', definition: id }) },
          {
            title: 'New revision…',
            onSelect: () =>
              askFor({ kind: 'definition', of: newest.find((each) => `${each.name}:${each.revision}` === id) }),
          },
        ]}
        empty={{
          text: 'A definition says what a job runs, and the vCPUs and memory that it needs.',
          compact: next !== 'definition',
        }}
      />
      <Part
        title="Compute environments"
        nodes={environmentNodes}
        add={{ label: 'Create compute environment', onAdd: () => askFor({ kind: 'environment' }) }}
        onOpen={(name) => askFor({ kind: 'environment', of: environments.find((each) => each.name === name) })}
        onDelete={(name) => onDelete('environment', name)}
        menu={(name) => [
          {
            title: 'Edit…',
            onSelect: () => askFor({ kind: 'environment', of: environments.find((each) => each.name === name) }),
          },
        ]}
        empty={{
          text: 'An environment is the capacity that jobs take: its vCPUs are a real limit.',
          compact: next !== 'environment',
        }}
      />
      <Part
        title="Scheduling policies"
        nodes={policies.map(({ name, shares }) => ({
          id: name,
          label: name,
          icon: <Scale size={14} />,
          detail: `${shares.length} weighted`,
        }))}
        add={{ label: 'Create scheduling policy', onAdd: () => askFor({ kind: 'policy' }) }}
        onOpen={(name) => askFor({ kind: 'policy', of: policies.find((each) => each.name === name) })}
        onDelete={(name) => onDelete('policy', name)}
        menu={(name) => [
          {
            title: 'Edit…',
            onSelect: () => askFor({ kind: 'policy', of: policies.find((each) => each.name === name) }),
          },
        ]}
        empty={{
          text: 'A policy gives the shares of a queue their turns by weight, instead of first come, first served.',
          compact: true,
        }}
      />
    </>
  )
}

/** What can be deleted, its own actions before that. */
function Part({
  menu,
  ...section
}: Omit<ComponentProps<typeof TreeSection>, 'menu' | 'onDelete'> & {
  onDelete: (id: string) => void
  menu: (id: string) => MenuItem[]
}) {
  return (
    <TreeSection
      {...section}
      menu={(id) => [
        ...menu(id),
        'separator',
        { title: 'Delete…', shortcut: 'Delete', danger: true, onSelect: () => section.onDelete(id) },
      ]}
    />
  )
}
