import type { ClusterStatus, FileBlocks } from '../../../engines/hdfs/contract.ts'
import { useCall, useFeed } from '../../lib/index.ts'
import { useClusterName } from './shownCluster.ts'

/** More blocks than a picture can show apart. */
export const BLOCKS_MAX = 2000

/** The cluster as it is now; the object is another one after each change. */
export function useCluster() {
  const cluster = useClusterName()
  return useFeed((clients, signal) => clients.hdfs.watch({ cluster }, { signal }), [cluster], { maxPerSecond: 3 })
}

export interface ShownBlocks {
  readonly files: readonly FileBlocks[]
  /** There are more than are shown. */
  readonly cut: boolean
}

/** The blocks of all files at or below a path, asked for anew after each change of the cluster. */
export function useBlocks(path: string | null, cluster: ClusterStatus | undefined) {
  const name = useClusterName()
  return useCall(
    (clients, signal) =>
      path === null || !cluster
        ? null
        : (async (): Promise<ShownBlocks> => {
            const files: FileBlocks[] = []
            let count = 0
            for await (const group of clients.hdfs.check({ cluster: name, path }, { signal }))
              for (const { file, blocks } of group) {
                files.push({ file, blocks: blocks.slice(0, BLOCKS_MAX - count) })
                count += blocks.length
                if (count > BLOCKS_MAX) return { files, cut: true }
              }
            return { files, cut: false }
          })(),
    [path, cluster, name],
  )
}
