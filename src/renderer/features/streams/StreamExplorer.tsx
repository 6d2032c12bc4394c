import { Waves } from 'lucide-react'
import type { StreamSummary } from '../../../engines/stream/contract.ts'
import { notifyError, openView, plural, useAction, useConfirmed, useFeed, useShown } from '../../lib/index.ts'
import { ConfirmDialog, StateDot, shapeOf, TreeSection } from '../../ui/index.ts'
import { CreateStream } from './CreateStream.tsx'
import { askCreateStream } from './createDialog.ts'
import { DeliverySection } from './delivery/DeliverySection.tsx'
import { askSend } from './produce/sendDialog.ts'

const open = (stream: string) => openView('streams.monitor', { stream })

export function StreamExplorer() {
  const streams = useFeed((clients, signal) => clients.stream.watchStreams({}, { signal }), [])
  const shown = useShown<{ stream: string }>('streams.monitor')
  const { thing: deleting, ask, dialog } = useConfirmed((each: StreamSummary) => remove.run(each.name))
  const remove = useAction((clients, signal, stream: string) => clients.stream.deleteStream({ stream }, { signal }), {
    onError: (error) => notifyError('The stream was not deleted', error),
  })
  const askDelete = (id: string) => ask(streams.data?.find(({ name }) => name === id) ?? null)
  return (
    <>
      <TreeSection
        title="Data streams"
        nodes={streams.data?.map((stream) => ({
          id: stream.name,
          label: stream.name,
          icon: <Waves size={14} />,
          detail: plural(stream.openShardCount, 'shard'),
          end:
            stream.status === 'ACTIVE' ? undefined : (
              <StateDot state={shapeOf(stream.status)} text={stream.status} hideText />
            ),
        }))}
        error={streams.error}
        selected={shown?.stream ?? null}
        add={{ label: 'Create data stream', onAdd: askCreateStream }}
        empty={{
          icon: <Waves size={20} />,
          text: 'A data stream keeps records in order, by partition key, for many consumers at once. Running the sample pipeline makes one.',
        }}
        onOpen={open}
        onDelete={askDelete}
        menu={(id) => [
          { title: 'Open', onSelect: () => open(id) },
          { title: 'Send records…', onSelect: () => askSend(id) },
          {
            title: 'Copy ARN',
            onSelect: () =>
              void navigator.clipboard.writeText(streams.data?.find(({ name }) => name === id)?.arn ?? ''),
          },
          'separator',
          { title: 'Delete…', shortcut: 'Delete', danger: true, onSelect: () => askDelete(id) },
        ]}
      />
      <DeliverySection />
      <CreateStream />
      <ConfirmDialog
        {...dialog}
        title={`Delete ${deleting?.name}?`}
        message="Its records, checkpoints and metrics go with it. This cannot be undone."
        action="Delete stream"
        name={deleting?.name}
      />
    </>
  )
}
