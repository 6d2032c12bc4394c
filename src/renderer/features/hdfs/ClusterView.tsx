import { Scale, ScanSearch, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import {
  formatNumber,
  Healing,
  HurryButton,
  Inspector,
  openView,
  plural,
  useNow,
  useView,
  type ViewProps,
} from '../../lib/index.ts'
import {
  Banner,
  Button,
  CopyButton,
  EmptyState,
  ErrorView,
  Fact,
  Facts,
  Loading,
  Page,
  Pane,
  Switch,
  Tabs,
  Toolbar,
  ToolbarSeparator,
} from '../../ui/index.ts'
import { BlockInspector } from './BlockInspector.tsx'
import { BlockTable } from './BlockTable.tsx'
import styles from './hdfs.module.css'
import { cellsOf } from './picture/cells.ts'
import { NodePicture } from './picture/NodePicture.tsx'
import { ClusterContext, LOCAL, useClusterName, useShowCluster } from './shownCluster.ts'
import { BLOCKS_MAX, useBlocks, useCluster } from './useCluster.ts'
import { useClusterActions, useNodeActions } from './useNodeActions.ts'

const THRESHOLD = 10

/** Every node with every replica, what is wrong, and how far it is mended. */
export function ClusterView({ params: { cluster = LOCAL } }: ViewProps<{ cluster?: string }>) {
  useShowCluster(cluster)
  return (
    <ClusterContext value={cluster}>
      <Cluster key={cluster} />
    </ClusterContext>
  )
}

function Cluster() {
  const name = useClusterName()
  const { active } = useView()
  const feed = useCluster()
  const cluster = feed.data
  const blocks = useBlocks(active ? '/' : null, cluster)
  const actions = useNodeActions()
  const { scan, balance, safeMode, checkpoint } = useClusterActions()
  const [shown, setShown] = useState<'picture' | 'blocks'>('picture')
  const [selected, setSelected] = useState<number | null>(null)
  if (feed.error && !cluster) return <ErrorView title="HDFS does not answer" error={feed.error} />
  if (!cluster) return <Loading />
  const writable = cluster.safeMode === null
  const chosen = cellsOf(blocks.data?.files ?? []).find(({ block }) => block.id === selected)
  return (
    <Page
      path={[{ title: 'HDFS' }, { title: name === LOCAL ? 'Cluster' : name }]}
      scroll={false}
      actions={
        <>
          <BlockFacts cluster={cluster} />
          <CopyButton text={cluster.webhdfs} label="Copy WebHDFS address" />
        </>
      }
    >
      <Pane>
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
          <Switch
            checked={!writable}
            disabled={safeMode.pending}
            onChange={(on) => void safeMode.run(on ? 'enter' : 'leave')}
          >
            Safe mode
          </Switch>
        </Toolbar>
        {!writable && <Banner tone="warn">Safe mode: {cluster.safeMode}</Banner>}
        <Silence cluster={cluster} />
        {writable && <Healing {...cluster} />}
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
                  actions={
                    <Button onClick={() => openView('hdfs.folder', { cluster: name, path: '/' })}>Store a file</Button>
                  }
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
      </Pane>
      {chosen && (
        <Inspector>
          <BlockInspector cell={chosen} actions={actions} />
        </Inspector>
      )}
    </Page>
  )
}

type Status = NonNullable<ReturnType<typeof useCluster>['data']>

function BlockFacts({ cluster }: { cluster: Status }) {
  const facts = [
    ['under-replicated', cluster.underReplicated, 'warn'],
    ['being copied', cluster.pendingReplication, false],
    ['corrupt', cluster.corrupt, 'bad'],
    ['missing', cluster.missing, 'bad'],
  ] as const
  return (
    <Facts>
      {facts.map(([words, count, tone]) => (
        <Fact key={words} tone={count > 0 && tone}>
          <b>{formatNumber(count)}</b> {words}
        </Fact>
      ))}
    </Facts>
  )
}

/** A node that is silent is waited for. Who wants to see it heal need not wait as long. */
function Silence({ cluster }: { cluster: Status }) {
  const nowMs = useNow()
  const waiting = cluster.nodes.filter(({ deadMs, state }) => state !== 'dead' && deadMs !== undefined)
  if (waiting.length === 0) return null
  const names = waiting.map(({ name }) => name).join(', ')
  const left = Math.min(...waiting.map(({ deadMs }) => deadMs!)) - nowMs
  return (
    <Banner tone="warn" actions={<HurryButton />}>
      {names} {waiting.length === 1 ? 'is' : 'are'} silent. Reads go to other replicas; copies are made once the
      NameNode holds a node for dead, after 10 minutes 30 seconds{left > 0 ? '' : ', now'}.
    </Banner>
  )
}
