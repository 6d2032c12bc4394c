import { Plus, Waves } from 'lucide-react'
import { useState } from 'react'
import type { StreamSummary } from '../../../engines/stream/contract.ts'
import { notifyError, openView, plural, useAction, useFeed, useShown } from '../../lib/index.ts'
import {
  Button,
  ConfirmDialog,
  EmptyState,
  ErrorView,
  IconButton,
  Loading,
  Section,
  StateDot,
  shapeOf,
  Tree,
} from '../../ui/index.ts'
import { CreateStream } from './CreateStream.tsx'
import { askCreateStream } from './createDialog.ts'
import { DeliverySection } from './delivery/DeliverySection.tsx'
import { askSend } from './produce/sendDialog.ts'

const open = (stream: string) => openView('streams.monitor', { stream })

export function StreamExplorer() {
  const streams = useFeed((clients, signal) => clients.stream.watchStreams({}, { signal }), [])
  const shown = useShown<{ stream: string }>('streams.monitor')
  const [deleting, setDeleting] = useState<StreamSummary | null>(null)
  const remove = useAction((clients, signal, stream: string) => clients.stream.deleteStream({ stream }, { signal }), {
    onError: (error) => notifyError('The stream was not deleted', error),
  })
  const askDelete = (id: string) => setDeleting(streams.data?.find(({ name }) => name === id) ?? null)
  return (
    <>
      <Section
        title="Data streams"
        flush
        badge={streams.data?.length}
        actions={<IconButton icon={<Plus size={14} />} label="Create data stream" onClick={askCreateStream} />}
      >
        {streams.error && !streams.data ? (
          <ErrorView compact title="The streams cannot be listed" error={streams.error} />
        ) : !streams.data ? (
          <Loading />
        ) : streams.data.length === 0 ? (
          <EmptyState
            icon={<Waves size={20} />}
            title="No data streams"
            actions={<Button onClick={askCreateStream}>Create one</Button>}
          >
            A data stream keeps records in order, by partition key, for many consumers at once. Running the sample
            pipeline makes one.
          </EmptyState>
        ) : (
          <Tree
            label="Data streams"
            selected={shown?.stream ?? null}
            fitContent
            nodes={streams.data.map((stream) => ({
              id: stream.name,
              label: stream.name,
              icon: <Waves size={14} />,
              detail: plural(stream.openShardCount, 'shard'),
              end:
                stream.status === 'ACTIVE' ? undefined : (
                  <StateDot state={shapeOf(stream.status)} text={stream.status} hideText />
                ),
            }))}
            openOnClick
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
              {
                title: 'Delete…',
                shortcut: 'Delete',
                danger: true,
                onSelect: () => askDelete(id),
              },
            ]}
          />
        )}
      </Section>
      <DeliverySection />
      <CreateStream />
      <ConfirmDialog
        open={deleting !== null}
        onClose={() => setDeleting(null)}
        onConfirm={() => {
          if (deleting) void remove.run(deleting.name)
          setDeleting(null)
        }}
        title={`Delete ${deleting?.name}?`}
        message="Its records, checkpoints and metrics go with it. This cannot be undone."
        action="Delete stream"
        name={deleting?.name}
      />
    </>
  )
}
