import type { NodeStatus } from '../../../engines/hdfs/contract.ts'
import { notify, notifyError, plural, useAction, useClients } from '../../lib/index.ts'
import type { MenuItem } from '../../ui/index.ts'
import { useClusterName } from './shownCluster.ts'

export interface NodeActions {
  kill(node: string): void
  start(node: string): void
  damage(node: string, block: number): void
  menu(node: NodeStatus): MenuItem[]
}

/** What can be done to a node and its replicas. */
export function useNodeActions(): NodeActions {
  const { hdfs } = useClients()
  const cluster = useClusterName()
  const act = (done: Promise<unknown>, failure: string) => void done.catch((error) => notifyError(failure, error))
  const kill = (node: string) => act(hdfs.killNode({ cluster, node }), `${node} was not killed`)
  const start = (node: string) => act(hdfs.startNode({ cluster, node }), `${node} was not started`)
  return {
    kill,
    start,
    damage: (node, block) =>
      act(
        hdfs.damageReplica({ cluster, node, block }).then(() =>
          notify({
            tone: 'info',
            title: `A replica of blk_${block} on ${node} was damaged`,
            message: 'Nobody knows yet: the next read of it, or a scan, finds the wrong checksum, and it is replaced.',
            actions: [{ title: 'Scan now', run: () => act(hdfs.scan({ cluster }), 'The replicas were not scanned') }],
          }),
        ),
        'The replica was not damaged',
      ),
    menu: ({ name, running, admin }) => [
      running
        ? { title: 'Kill', danger: true, onSelect: () => kill(name) }
        : { title: 'Start', onSelect: () => start(name) },
      'separator',
      admin === 'normal'
        ? {
            title: 'Decommission',
            onSelect: () => act(hdfs.decommission({ cluster, node: name }), `${name} was not decommissioned`),
          }
        : {
            title: 'Recommission',
            onSelect: () => act(hdfs.recommission({ cluster, node: name }), `${name} was not recommissioned`),
          },
    ],
  }
}

/** What can be done to the whole cluster. */
export function useClusterActions() {
  const cluster = useClusterName()
  const scan = useAction((clients, signal) => clients.hdfs.scan({ cluster }, { signal }), {
    onDone: ({ replicas, corrupt }) =>
      notify({
        tone: corrupt > 0 ? 'warn' : 'good',
        title: corrupt > 0 ? `${plural(corrupt, 'replica')} corrupt` : 'All replicas are intact',
        message: `${plural(replicas, 'replica')} read, every checksum compared`,
      }),
    onError: (error) => notifyError('The replicas were not scanned', error),
  })
  const balance = useAction(
    (clients, signal, threshold: number) => clients.hdfs.balance({ cluster, threshold }, { signal }),
    {
      onDone: ({ moved }) =>
        notify({ tone: 'good', title: moved === 0 ? 'The cluster is balanced' : `${plural(moved, 'block')} moved` }),
      onError: (error) => notifyError('The cluster was not balanced', error),
    },
  )
  const safeMode = useAction(
    (clients, signal, action: 'enter' | 'leave') => clients.hdfs.safeMode({ cluster, action }, { signal }),
    { onError: (error) => notifyError('Safe mode was not changed', error) },
  )
  const checkpoint = useAction((clients, signal) => clients.hdfs.saveNamespace({ cluster }, { signal }), {
    onDone: () => notify({ tone: 'good', title: 'The namespace is in a new image; the edit log starts anew' }),
    onError: (error) => notifyError('The namespace was not saved', error),
  })
  return { scan, balance, safeMode, checkpoint }
}
