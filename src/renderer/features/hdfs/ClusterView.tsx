import { Scale, ScanSearch, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { formatNumber, openView, plural, useAction, useNow, useSystemStatus, useView } from '../../lib/index.ts'
import {
  Banner,
  Button,
  CopyButton,
  cx,
  EmptyState,
  ErrorView,
  Loading,
  Page,
  Progress,
  Switch,
  Tabs,
  Toolbar,
  ToolbarSeparator,
  ToolbarSpace,
} from '../../ui/index.ts'
import { BlockTable } from './BlockTable.tsx'
import styles from './hdfs.module.css'
import { NodePicture } from './picture/NodePicture.tsx'
import { BLOCKS_MAX, useBlocks, useCluster, useHealing } from './useCluster.ts'
import { useClusterActions, useNodeActions } from './useNodeActions.ts'

const THRESHOLD = 10
/** Engine seconds a second: a node's ten minutes of silence pass while one looks. */
const FAST = 60

/** Every node with every replica, what is wrong, and how far it is mended. */
export function ClusterView() {
  const { active } = useView()
  const feed = useCluster()
  const cluster = feed.data
  const blocks = useBlocks(active ? '/' : null, cluster)
  const healing = useHealing(cluster)
  const actions = useNodeActions()
  const { scan, balance, safeMode, checkpoint } = useClusterActions()
  const [shown, setShown] = useState<'picture' | 'blocks'>('picture')
  const [selected, setSelected] = useState<number | null>(null)
  if (feed.error && !cluster) return <ErrorView title="HDFS does not answer" error={feed.error} />
  if (!cluster) return <Loading />
  const writable = cluster.safeMode === null
  return (
    <Page
      path={[{ title: 'HDFS' }, { title: 'Cluster' }]}
      scroll={false}
      actions={<CopyButton text={cluster.webhdfs} label="Copy WebHDFS address" />}
    >
      <div className={styles.column}>
        <Toolbar label="Cluster">
          <Button
            size="s"
            icon={<Scale size={13} />}
            pending={balance.pending}
            disabled={!writable}
            onClick={() => void balance.run(THRESHOLD)}
          >
            Balance
          </Button>
          <Button size="s" icon={<ScanSearch size={13} />} pending={scan.pending} onClick={() => void scan.run()}>
            Scan replicas
          </Button>
          <Button
            size="s"
            icon={<ShieldCheck size={13} />}
            pending={checkpoint.pending}
            onClick={() => void checkpoint.run()}
          >
            Save namespace
          </Button>
          <ToolbarSeparator />
          <span className={styles.switch}>
            <Switch
              label="Safe mode"
              checked={!writable}
              disabled={safeMode.pending}
              onChange={(on) => void safeMode.run(on ? 'enter' : 'leave')}
            />
            Safe mode
          </span>
          <ToolbarSpace />
          <Facts cluster={cluster} />
        </Toolbar>
        {!writable && <Banner tone="warn">Safe mode: {cluster.safeMode}</Banner>}
        <Silence cluster={cluster} />
        {healing && writable && (
          <div className={styles.healing}>
            <Progress
              value={healing.share}
              label={`Healing: ${plural(healing.left, 'block')} with too few replicas, ${formatNumber(cluster.pendingReplication)} being copied`}
            />
          </div>
        )}
        <Tabs
          label="Blocks of the cluster"
          size="s"
          value={shown}
          onChange={setShown}
          tabs={[
            { id: 'picture', title: 'Nodes', badge: cluster.nodes.length },
            { id: 'blocks', title: 'Blocks', badge: formatNumber(cluster.blocks) },
          ]}
        >
          {shown === 'picture' ? (
            <div className={styles.scroll}>
              {cluster.blocks === 0 && (
                <EmptyState
                  title="No blocks yet"
                  actions={<Button onClick={() => openView('hdfs.folder', { path: '/' })}>Store a file</Button>}
                >
                  A file is cut into blocks, and each has {plural(cluster.replication, 'replica')} on nodes of different
                  racks. Store one, then kill a node and watch.
                </EmptyState>
              )}
              {blocks.data?.cut && (
                <p className={styles.note}>
                  The first {formatNumber(BLOCKS_MAX)} blocks by name are shown. Open a folder to see its own.
                </p>
              )}
              <NodePicture
                cluster={cluster}
                files={blocks.data?.files ?? []}
                actions={actions}
                selected={selected}
                onSelect={setSelected}
              />
            </div>
          ) : (
            <BlockTable files={blocks.data?.files ?? []} selected={selected} onSelect={setSelected} actions={actions} />
          )}
        </Tabs>
      </div>
    </Page>
  )
}

type Cluster = NonNullable<ReturnType<typeof useCluster>['data']>

function Facts({ cluster }: { cluster: Cluster }) {
  const facts = [
    ['under-replicated', cluster.underReplicated, styles.warn],
    ['being copied', cluster.pendingReplication, ''],
    ['corrupt', cluster.corrupt, styles.bad],
    ['missing', cluster.missing, styles.bad],
  ] as const
  return (
    <div className={styles.facts}>
      {facts.map(([words, count, tone]) => (
        <span key={words} className={cx(count > 0 && tone)}>
          <b>{formatNumber(count)}</b> {words}
        </span>
      ))}
    </div>
  )
}

/** A node that is silent is waited for. Who wants to see it heal need not wait as long. */
function Silence({ cluster }: { cluster: Cluster }) {
  const nowMs = useNow()
  const status = useSystemStatus()
  const hurry = useAction((clients, signal) =>
    clients.system.setClock({ mode: 'virtual', speed: FAST, paused: false }, { signal }),
  )
  const waiting = cluster.nodes.filter(({ deadMs, state }) => state !== 'dead' && deadMs !== undefined)
  if (waiting.length === 0) return null
  const fast = status?.clock.mode === 'virtual' && (status.clock.speed ?? FAST) >= FAST
  const names = waiting.map(({ name }) => name).join(', ')
  const left = Math.min(...waiting.map(({ deadMs }) => deadMs!)) - nowMs
  return (
    <Banner
      tone="warn"
      actions={
        !fast && (
          <Button size="s" pending={hurry.pending} onClick={() => void hurry.run()}>
            Run time {FAST} times as fast
          </Button>
        )
      }
    >
      {names} {waiting.length === 1 ? 'is' : 'are'} silent. Reads go to other replicas; copies are made once the
      NameNode holds a node for dead, after 10 minutes 30 seconds{left > 0 ? '' : ', now'}.
    </Banner>
  )
}
