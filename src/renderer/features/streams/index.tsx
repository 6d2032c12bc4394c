import { Truck, Waves } from 'lucide-react'
import { defineFeature, defineView, loadable } from '../../lib/index.ts'
import { askCreateStream } from './createDialog.ts'
import { StreamExplorer } from './StreamExplorer.tsx'

const monitor = defineView<{ stream: string }>({
  type: 'streams.monitor',
  title: ({ stream }) => stream,
  noun: 'stream',
  icon: Waves,
  Component: loadable(async () => (await import('./StreamMonitor.tsx')).StreamMonitor),
})

const delivery = defineView<{ name: string }>({
  type: 'streams.delivery',
  title: ({ name }) => name,
  noun: 'delivery stream',
  icon: Truck,
  Component: loadable(async () => (await import('./delivery/DeliveryView.tsx')).DeliveryView),
})

export const feature = defineFeature({
  id: 'streams',
  Explorer: StreamExplorer,
  views: [monitor, delivery],
  commands: () => [{ id: 'streams.create', title: 'Create data stream…', group: 'Streams', run: askCreateStream }],
  resources: async (clients, signal) => {
    const [streams, deliveries] = await Promise.all([
      clients.stream.listStreams({}, { signal }),
      clients.firehose.listDeliveryStreams({}, { signal }),
    ])
    return [
      ...streams.map(({ name }) => ({
        id: `stream:${name}`,
        title: name,
        detail: 'Data stream',
        icon: Waves,
        view: { type: 'streams.monitor', params: { stream: name } },
      })),
      ...deliveries.map(({ name }) => ({
        id: `delivery:${name}`,
        title: name,
        detail: 'Delivery stream',
        icon: Truck,
        view: { type: 'streams.delivery', params: { name } },
      })),
    ]
  },
})
