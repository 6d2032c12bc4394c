import { Folder, FolderLock, HardDrive } from 'lucide-react'
import { useState } from 'react'
import type { ClusterStatus, FileStatus } from '../../../engines/hdfs/contract.ts'
import { formatBytes, formatNumber, openView, plural, useCall, useShown } from '../../lib/index.ts'
import { ErrorView, Loading, PropertyList, Section, Select, StateDot, Tree, type TreeNode } from '../../ui/index.ts'
import { CapacityBar } from './CapacityBar.tsx'
import styles from './hdfs.module.css'
import { nameOf } from './paths.ts'
import { ClusterContext, LOCAL, useClusterName, useClusters, useShownCluster } from './shownCluster.ts'
import { useCluster } from './useCluster.ts'

/** The cluster in a few lines, and its folders; of several, the one that is chosen. */
export function HdfsExplorer() {
  const clusters = useClusters()
  const chosen = useShownCluster((state) => state.cluster)
  const name = clusters.some(({ value }) => value === chosen) ? chosen : LOCAL
  return (
    <ClusterContext value={name}>
      {clusters.length > 1 && (
        <div className={styles.choice}>
          <Select
            label="HDFS cluster"
            value={name}
            options={clusters}
            onChange={(cluster) => useShownCluster.setState({ cluster })}
          />
        </div>
      )}
      <OneCluster key={name} />
    </ClusterContext>
  )
}

function OneCluster() {
  const cluster = useCluster()
  const name = useClusterName()
  const shown = useShown<{ path: string; cluster?: string }>('hdfs.folder')
  if (cluster.error && !cluster.data)
    return <ErrorView compact title="HDFS does not answer" error={cluster.error} advice="It is set in hdfs.json." />
  if (!cluster.data) return <Loading />
  return (
    <>
      <Section title="Cluster">
        <Summary cluster={cluster.data} />
      </Section>
      <Section title="Folders" flush>
        <Folders shown={shown && (shown.cluster ?? LOCAL) === name ? shown.path : null} cluster={cluster.data} />
      </Section>
    </>
  )
}

function Summary({ cluster }: { cluster: ClusterStatus }) {
  const name = useClusterName()
  const { nodes } = cluster
  const live = nodes.filter(({ state, running }) => state !== 'dead' && running).length
  return (
    <div className={styles.summary}>
      <button type="button" className={styles.open} onClick={() => openView('hdfs.cluster', { cluster: name })}>
        <HardDrive size={14} aria-hidden />
        {plural(live, 'node')} of {nodes.length} {live === 1 ? 'runs' : 'run'}
      </button>
      <CapacityBar
        used={nodes.reduce((sum, { usedBytes }) => sum + usedBytes, 0)}
        capacity={nodes.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0)}
      />
      <Health cluster={cluster} />
      <PropertyList
        items={[
          ['Files', formatNumber(cluster.files)],
          ['Blocks', formatNumber(cluster.blocks)],
          ['Defaults', `${cluster.replication} × ${formatBytes(cluster.blockBytes)}`],
        ]}
      />
    </div>
  )
}

/** The worst that can be said of it. */
function Health({ cluster: { safeMode, missing, underReplicated, corrupt } }: { cluster: ClusterStatus }) {
  if (missing > 0) return <StateDot state="bad" text={`${plural(missing, 'block')} missing`} />
  if (corrupt > 0) return <StateDot state="warn" text={`${plural(corrupt, 'block')} corrupt`} />
  if (underReplicated > 0) return <StateDot state="warn" text={`${formatNumber(underReplicated)} under-replicated`} />
  if (safeMode !== null) return <StateDot state="paused" text="Safe mode: read only" />
  return <StateDot state="good" text="Healthy" />
}

function Folders({ shown, cluster }: { shown: string | null; cluster: ClusterStatus }) {
  const name = useClusterName()
  const [open, setOpen] = useState<readonly string[]>(['/'])
  const listed = useCall(
    async (clients, signal) => {
      const lists = await Promise.all(
        open.map(async (path): Promise<[string, FileStatus[]]> => {
          const found = await clients.hdfs.list({ cluster: name, path }, { signal }).catch(() => [])
          return [path, found.filter(({ kind }) => kind === 'directory')]
        }),
      )
      return new Map(lists)
    },
    [name, open, cluster.directories],
  )
  const below = (path: string): TreeNode[] =>
    (listed.data?.get(path) ?? []).map((folder) => ({
      id: folder.path,
      label: nameOf(folder.path),
      icon: folder.snapshottable ? <FolderLock size={14} /> : <Folder size={14} />,
      detail: folder.children,
      opens: true,
      children: below(folder.path),
      loading: !listed.data?.has(folder.path),
    }))
  return (
    <Tree
      label="Folders of HDFS"
      fitContent
      selected={shown}
      defaultExpanded={['/']}
      openOnClick
      nodes={[{ id: '/', label: '/', icon: <HardDrive size={14} />, opens: true, children: below('/') }]}
      onExpand={(path) => setOpen((before) => (before.includes(path) ? before : [...before, path]))}
      onOpen={(path) => openView('hdfs.folder', { cluster: name, path })}
      menu={(path) => [
        { title: 'Open', shortcut: 'Enter', onSelect: () => openView('hdfs.folder', { cluster: name, path }) },
        { title: 'Copy path', onSelect: () => void navigator.clipboard.writeText(path) },
      ]}
    />
  )
}
