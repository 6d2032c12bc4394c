import { defineEngine } from '../define.ts'
import { fileChecksum } from './client/checksum.ts'
import { readFile } from './client/reader.ts'
import { truncate } from './client/truncate.ts'
import { FileWriter } from './client/writer.ts'
import { Clusters } from './clusters.ts'
import type { FileBlocks } from './contract.ts'
import { readable } from './namenode/files.ts'
import * as operations from './namenode/operations.ts'
import * as snapshots from './namenode/snapshots.ts'
import { blockStatuses, contentSummary, fileStatus, filesBelow } from './status.ts'

/** Files of which a check says how they are in one item. */
const CHECKED_AT_ONCE = 200

export const engine = defineEngine({
  name: 'hdfs',
  needs: [],
  async start(context) {
    const clusters = new Clusters(context)
    await clusters.start()
    const at = (name: string) => {
      const { cluster, caller, handles } = clusters.get(name)
      return { cluster, namenode: cluster.namenode, caller, handles }
    }

    return {
      handlers: {
        describe: ({ cluster }) => clusters.get(cluster).status(),
        watch: ({ cluster }, { signal }) => clusters.get(cluster).watch(signal),
        status({ cluster, path }) {
          const { namenode, caller } = at(cluster)
          const found = operations.stat(namenode, caller, path)
          return fileStatus(found.path, found.node)
        },
        list({ cluster, path }) {
          const { namenode, caller } = at(cluster)
          return operations
            .list(namenode, caller, path)
            .map(([name, node]) => fileStatus(name === '' ? path : `${path === '/' ? '' : path}/${name}`, node))
        },
        summary({ cluster, path }) {
          const { namenode, caller } = at(cluster)
          return contentSummary(operations.stat(namenode, caller, path).node)
        },
        blocks({ cluster: name, path }) {
          const { cluster, namenode, caller } = at(name)
          return blockStatuses(cluster, readable(namenode, caller, path).node)
        },
        async *check({ cluster: name, path }) {
          const { cluster, namenode, caller } = at(name)
          const found = operations.stat(namenode, caller, path)
          let group: FileBlocks[] = []
          for (const [file, node] of filesBelow(found.path, found.node)) {
            group.push({ file: fileStatus(file, node), blocks: blockStatuses(cluster, node) })
            if (group.length < CHECKED_AT_ONCE) continue
            yield group
            group = []
          }
          if (group.length > 0) yield group
        },
        checksum({ cluster: name, path }) {
          const { cluster, namenode, caller } = at(name)
          return fileChecksum(cluster, path, readable(namenode, caller, path).node)
        },

        async mkdirs({ cluster, path, ...options }) {
          const { namenode, caller } = at(cluster)
          return { done: await operations.mkdirs(namenode, caller, path, options) }
        },
        async rename({ cluster, from, to }) {
          const { namenode, caller } = at(cluster)
          return { done: await operations.rename(namenode, caller, from, to) }
        },
        async remove({ cluster, path, recursive }) {
          const { namenode, caller } = at(cluster)
          return { done: await operations.remove(namenode, caller, path, recursive) }
        },
        async setReplication({ cluster, path, replication }) {
          const { namenode, caller } = at(cluster)
          return { done: await operations.setReplication(namenode, caller, path, replication) }
        },
        async setPermission({ cluster, path, permission }) {
          const { namenode, caller } = at(cluster)
          await operations.setPermission(namenode, caller, path, permission)
          return {}
        },
        async setOwner({ cluster, path, owner, group }) {
          const { namenode, caller } = at(cluster)
          await operations.setOwner(namenode, caller, path, owner, group)
          return {}
        },
        async setTimes({ cluster, path, modifiedMs, accessedMs }) {
          const { namenode, caller } = at(cluster)
          await operations.setTimes(namenode, caller, path, modifiedMs, accessedMs)
          return {}
        },
        async setQuota({ cluster, path, nameQuota, spaceQuota }) {
          const { namenode, caller } = at(cluster)
          await operations.setQuota(namenode, caller, path, {
            ...(nameQuota !== undefined && { nameQuota }),
            ...(spaceQuota !== undefined && { spaceQuota }),
          })
          return {}
        },
        async concat({ cluster, path, sources }) {
          const { namenode, caller } = at(cluster)
          await operations.concat(namenode, caller, path, sources)
          return {}
        },
        async truncate({ cluster: name, path, bytes }) {
          const { cluster, caller } = at(name)
          return { done: await truncate(cluster, caller, path, bytes) }
        },
        async setSnapshottable({ cluster, path, allowed }) {
          const { namenode, caller } = at(cluster)
          await snapshots.setSnapshottable(namenode, caller, path, allowed)
          return {}
        },
        async createSnapshot({ cluster, path, name }) {
          const { namenode, caller } = at(cluster)
          return { path: await snapshots.createSnapshot(namenode, caller, path, name) }
        },
        async renameSnapshot({ cluster, path, from, to }) {
          const { namenode, caller } = at(cluster)
          await snapshots.renameSnapshot(namenode, caller, path, from, to)
          return {}
        },
        async deleteSnapshot({ cluster, path, name }) {
          const { namenode, caller } = at(cluster)
          await snapshots.deleteSnapshot(namenode, caller, path, name)
          return {}
        },

        async create({ cluster: name, path, near, overwrite, replication, blockBytes }) {
          const { cluster, caller, handles } = at(name)
          const options = {
            overwrite,
            replication: replication ?? cluster.config.replication,
            blockSize: blockBytes ?? cluster.config.blockBytes,
            permission: 0o644,
            createParent: true,
          }
          return { handle: handles.add(await FileWriter.create(cluster, caller, path, options, near)) }
        },
        async append({ cluster: name, path, near }) {
          const { cluster, caller, handles } = at(name)
          return { handle: handles.add(await FileWriter.append(cluster, caller, path, near)) }
        },
        write: ({ handle, bytes }) => clusters.use(handle, (writer) => writer.write(bytes)).then(() => ({})),
        flush: ({ handle }) => clusters.use(handle, (writer) => writer.flush()).then(() => ({})),
        close: ({ handle }) => clusters.use(handle, (writer) => writer.close(), true).then(() => ({})),
        abandon: ({ handle }) => clusters.use(handle, (writer) => writer.abort(), true).then(() => ({})),
        async *read({ cluster: name, path, near, offset, length = Number.MAX_SAFE_INTEGER }) {
          const { cluster, namenode, caller } = at(name)
          const file = readable(namenode, caller, path).node
          for await (const bytes of readFile(cluster, path, file, { offset, length, near }))
            yield { bytes: new Uint8Array(bytes) }
        },

        killNode({ cluster, node }) {
          at(cluster).cluster.kill(node)
          return {}
        },
        startNode: ({ cluster, node }) =>
          at(cluster)
            .cluster.restart(node)
            .then(() => ({})),
        decommission({ cluster, node }) {
          clusters.get(cluster).decommission(node)
          return {}
        },
        recommission({ cluster, node }) {
          clusters.get(cluster).recommission(node)
          return {}
        },
        damageReplica: ({ cluster, node, block }) =>
          at(cluster)
            .cluster.datanode(node)
            .store.damage(block)
            .then(() => ({})),
        safeMode({ cluster: name, action }) {
          const { cluster, namenode } = at(name)
          if (action === 'enter') cluster.safeMode.enter()
          if (action === 'leave') cluster.safeMode.leave()
          cluster.changed()
          return { on: namenode.safeMode !== undefined }
        },
        saveNamespace: ({ cluster }) =>
          at(cluster)
            .namenode.checkpoint()
            .then(() => ({})),
        balance: ({ cluster, threshold }) => at(cluster).cluster.redundancy.balance(threshold),
        scan: ({ cluster }) => clusters.get(cluster).scan(),

        listClusters: () => ({ clusters: clusters.names() }),
        async createCluster({ cluster, ...config }) {
          return (await clusters.create(cluster, config)).status()
        },
        deleteCluster: ({ cluster }) => clusters.delete(cluster).then(() => ({})),
        addNodes: ({ cluster, nodes }) => clusters.addNodes(cluster, nodes).then(() => ({})),
        async removeNode({ cluster, node, graceful }, { signal }) {
          if (graceful) await clusters.get(cluster).drained(node, signal)
          await clusters.removeNode(cluster, node)
          return {}
        },
      },
      stop: () => clusters.close(),
    }
  },
})
