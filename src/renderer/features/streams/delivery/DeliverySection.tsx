import { Truck } from 'lucide-react'
import { notifyError, openView, useAction, useCall, useConfirmed, useShown } from '../../../lib/index.ts'
import { ConfirmDialog, StateDot, shapeOf, TreeSection } from '../../../ui/index.ts'
import { useAgain } from '../useAgain.ts'

/** Clients of the API make and delete delivery streams without a word to this page. */
const LISTED_EVERY_MS = 3000

const open = (name: string) => openView('streams.delivery', { name })

/** Delivery streams, whoever made them: pipelines, or clients of the API. */
export function DeliverySection() {
  const listed = useCall((clients, signal) => clients.firehose.listDeliveryStreams({}, { signal }), [])
  useAgain(listed, LISTED_EVERY_MS)
  const shown = useShown<{ name: string }>('streams.delivery')
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((each: string) => remove.run(each))
  const remove = useAction(
    (clients, signal, name: string) => clients.firehose.deleteDeliveryStream({ name }, { signal }),
    {
      onDone: listed.reload,
      onError: (error) => notifyError('The delivery stream was not deleted', error),
    },
  )
  return (
    <>
      <TreeSection
        title="Delivery streams"
        nodes={listed.data?.map(({ name, status, sourceStream }) => ({
          id: name,
          label: name,
          icon: <Truck size={14} />,
          detail: sourceStream === undefined ? 'direct put' : `from ${sourceStream}`,
          end: status === 'ACTIVE' ? undefined : <StateDot state={shapeOf(status)} text={status} hideText />,
        }))}
        error={listed.error}
        selected={shown?.name ?? null}
        empty={{
          icon: <Truck size={20} />,
          text: 'A delivery stream buffers records and lands them in the lake, the warehouse or at an endpoint. A pipeline with such a node makes one, or an AWS client.',
        }}
        onOpen={open}
        onDelete={askDelete}
        menu={(name) => [
          { title: 'Open', onSelect: () => open(name) },
          {
            title: 'Copy ARN',
            onSelect: () =>
              void navigator.clipboard.writeText(listed.data?.find((each) => each.name === name)?.arn ?? ''),
          },
          'separator',
          { title: 'Delete…', shortcut: 'Delete', danger: true, onSelect: () => askDelete(name) },
        ]}
      />
      <ConfirmDialog
        {...dialog}
        title={`Delete ${deleting}?`}
        message="What it has buffered is delivered first, where it can be. What lies in its destination stays."
        action="Delete delivery stream"
        name={deleting ?? undefined}
      />
    </>
  )
}
