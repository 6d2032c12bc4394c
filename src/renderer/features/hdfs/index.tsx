import { FolderTree, HardDrive } from 'lucide-react'
import { defineFeature, defineView, loadable, openView } from '../../lib/index.ts'
import { HdfsExplorer } from './HdfsExplorer.tsx'
import { nameOf } from './paths.ts'
import { useShownCluster } from './shownCluster.ts'

const folder = defineView<{ path: string; cluster?: string }>({
  type: 'hdfs.folder',
  title: ({ path }) => nameOf(path),
  noun: 'folder of HDFS',
  icon: FolderTree,
  // One tab, which goes where the person goes, as a file manager does.
  id: () => 'hdfs.folder',
  Component: loadable(async () => (await import('./FolderView.tsx')).FolderView),
})

const cluster = defineView<{ cluster?: string }>({
  type: 'hdfs.cluster',
  // One tab for whichever cluster is looked at.
  id: () => 'hdfs.cluster',
  title: () => 'HDFS cluster',
  noun: 'cluster',
  icon: HardDrive,
  Component: loadable(async () => (await import('./ClusterView.tsx')).ClusterView),
})

export const feature = defineFeature({
  id: 'hdfs',
  Explorer: HdfsExplorer,
  views: [folder, cluster],
  commands: () => [
    {
      id: 'hdfs.browse',
      title: 'Browse files',
      group: 'HDFS',
      run: () => openView('hdfs.folder', { ...useShownCluster.getState(), path: '/' }),
    },
    {
      id: 'hdfs.cluster',
      title: 'Open the cluster',
      group: 'HDFS',
      run: () => openView('hdfs.cluster', { ...useShownCluster.getState() }),
    },
  ],
})
