import { Truck } from 'lucide-react'
import { useState } from 'react'
import { notifyError, openView, useAction, useCall, useShown } from '../../../lib/index.ts'
import { ConfirmDialog, EmptyState, ErrorView, Loading, Section, StateDot, shapeOf, Tree } from '../../../ui/index.ts'
import { useAgain } from '../useAgain.ts'

/** Clients of the API make and delete delivery streams without a word to this page. */
const LISTED_EVERY_MS = 3000

const open = (name: string) => openView('streams.delivery', { name })

/** Delivery streams, whoever made them: pipelines, or clients of the API. */
export function DeliverySection() {
  const listed = useCall((clients, signal) => clients.firehose.listDeliveryStreams({}, { signal }), [])
  useAgain(listed, LISTED_EVERY_MS)
  const shown = useShown<{ name: string }>('streams.delivery')
  const [deleting, setDeleting] = useState<string | null>(null)
  const remove = useAction(
    (clients, signal, name: string) => clients.firehose.deleteDeliveryStream({ name }, { signal }),
    {
      onDone: listed.reload,
      onError: (error) => notifyError('The delivery stream was not deleted', error),
    },
  )
  return (
    <Section title="Delivery streams" flush badge={listed.data?.length}>
      {listed.error && !listed.data ? (
        <ErrorView compact title="The delivery streams cannot be listed" error={listed.error} />
      ) : !listed.data ? (
        <Loading />
      ) : listed.data.length === 0 ? (
        <EmptyState icon={<Truck size={20} />} title="No delivery streams">
          A delivery stream buffers records and lands them in the lake, the warehouse or at an endpoint. A pipeline with
          such a node makes one, or an AWS client.
        </EmptyState>
      ) : (
        <Tree
          label="Delivery streams"
          selected={shown?.name ?? null}
          fitContent
          nodes={listed.data.map(({ name, status, sourceStream }) => ({
            id: name,
            label: name,
            icon: <Truck size={14} />,
            detail: sourceStream === undefined ? 'direct put' : `from ${sourceStream}`,
            end: status === 'ACTIVE' ? undefined : <StateDot state={shapeOf(status)} text={status} hideText />,
          }))}
          openOnClick
          onOpen={open}
          onDelete={setDeleting}
          menu={(name) => [
            { title: 'Open', onSelect: () => open(name) },
            {
              title: 'Copy ARN',
              onSelect: () =>
                void navigator.clipboard.writeText(listed.data?.find((each) => each.name === name)?.arn ?? ''),
            },
            'separator',
            { title: 'Delete…', shortcut: 'Delete', danger: true, onSelect: () => setDeleting(name) },
          ]}
        />
      )}
      <ConfirmDialog
        open={deleting !== null}
        onClose={() => setDeleting(null)}
        onConfirm={() => {
          if (deleting !== null) void remove.run(deleting)
          setDeleting(null)
        }}
        title={`Delete ${deleting}?`}
        message="What it has buffered is delivered first, where it can be. What lies in its destination stays."
        action="Delete delivery stream"
        name={deleting ?? undefined}
      />
    </Section>
  )
}
