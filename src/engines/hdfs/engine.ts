import { existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { defineEngine } from '../define.ts'
import { writeFileAtomic } from '../kit/node/files.ts'
import { diskFiles } from '../kit/node/journal.ts'
import type { Timer } from '../kit/pure/clock.ts'
import { Wake } from '../kit/pure/wake.ts'
import type { AdminState } from './blocks/nodes.ts'
import { fileChecksum } from './client/checksum.ts'
import { readFile } from './client/reader.ts'
import { truncate } from './client/truncate.ts'
import { FileWriter } from './client/writer.ts'
import { Cluster } from './cluster.ts'
import { readConfig } from './config.ts'
import type { FileBlocks } from './contract.ts'
import { ReplicaFiles } from './datanode/replica-files.ts'
import { Handles } from './handles.ts'
import { FileEditLog } from './namenode/edit-log.ts'
import { readable } from './namenode/files.ts'
import * as operations from './namenode/operations.ts'
import * as snapshots from './namenode/snapshots.ts'
import { blockStatuses, clusterStatus, contentSummary, fileStatus, filesBelow } from './status.ts'
import { WebHdfs } from './webhdfs/server.ts'

/** dfs.datanode.scan.period.hours */
const SCAN_MS = 504 * 3600_000

/** Files of which a check says how they are in one item. */
const CHECKED_AT_ONCE = 200

/** What a cluster remembers beside its blocks and its namespace. */
interface Kept {
  readonly leaving: Readonly<Record<string, AdminState>>
  readonly scannedMs: number
}

export const engine = defineEngine({
  name: 'hdfs',
  needs: [],
  async start({ clock, random, directory, workspaceDirectory, settings, log }) {
    const config = readConfig(workspaceDirectory)
    const keptFile = join(directory, 'cluster.json')
    let kept: Kept = existsSync(keptFile)
      ? (JSON.parse(readFileSync(keptFile, 'utf8')) as Kept)
      : { leaving: {}, scannedMs: clock.now() }
    const changed = new Wake()
    const superuser = userInfo().username
    const caller = { user: superuser, superuser: true }
    const cluster = new Cluster({
      config,
      clock,
      random,
      superuser,
      log: new FileEditLog(join(directory, 'namenode'), (message) => log.warn(message)),
      storeOf: (node) => new ReplicaFiles(join(directory, node), diskFiles),
      leaving: new Map(Object.entries(kept.leaving)),
      changed: () => changed.wake(),
      warn: (message, thrown) => log.warn(`${message}: ${thrown instanceof Error ? thrown.message : String(thrown)}`),
    })
    await cluster.start()
    const { namenode } = cluster
    const port = typeof settings.port === 'number' ? settings.port : config.port
    const web = await WebHdfs.open(cluster, port)
    const handles = new Handles()

    const keep = (change: Partial<Kept>) => {
      kept = { ...kept, ...change }
      writeFileAtomic(keptFile, `${JSON.stringify(kept, null, 2)}\n`)
    }
    const keepLeaving = () => {
      const leaving = [...cluster.nodes.values()].filter(({ admin }) => admin !== 'normal')
      keep({ leaving: Object.fromEntries(leaving.map(({ name, admin }) => [name, admin])) })
    }
    const scan = async () => {
      const found = await cluster.scan()
      keep({ scannedMs: clock.now() })
      scanner.cancel()
      scanner = nextScan()
      return found
    }
    const nextScan = (): Timer =>
      clock.at(kept.scannedMs + SCAN_MS, () => scan().then(({ corrupt }) => log.info(`scanned, ${corrupt} corrupt`)))
    let scanner = nextScan()

    return {
      handlers: {
        describe: () => clusterStatus(cluster, web.url),
        async *watch(_, { signal }) {
          while (!signal.aborted) {
            const next = changed.wait(signal)
            yield clusterStatus(cluster, web.url)
            await next
          }
        },
        status({ path }) {
          const found = operations.stat(namenode, caller, path)
          return fileStatus(found.path, found.node)
        },
        list: ({ path }) =>
          operations
            .list(namenode, caller, path)
            .map(([name, node]) => fileStatus(name === '' ? path : `${path === '/' ? '' : path}/${name}`, node)),
        summary: ({ path }) => contentSummary(operations.stat(namenode, caller, path).node),
        blocks: ({ path }) => blockStatuses(cluster, readable(namenode, caller, path).node),
        async *check({ path }) {
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
        checksum: ({ path }) => fileChecksum(cluster, path, readable(namenode, caller, path).node),

        mkdirs: async ({ path, ...options }) => ({ done: await operations.mkdirs(namenode, caller, path, options) }),
        rename: async ({ from, to }) => ({ done: await operations.rename(namenode, caller, from, to) }),
        remove: async ({ path, recursive }) => ({ done: await operations.remove(namenode, caller, path, recursive) }),
        setReplication: async ({ path, replication }) => ({
          done: await operations.setReplication(namenode, caller, path, replication),
        }),
        setPermission: ({ path, permission }) =>
          operations.setPermission(namenode, caller, path, permission).then(() => ({})),
        setOwner: ({ path, owner, group }) =>
          operations.setOwner(namenode, caller, path, owner, group).then(() => ({})),
        setTimes: ({ path, modifiedMs, accessedMs }) =>
          operations.setTimes(namenode, caller, path, modifiedMs, accessedMs).then(() => ({})),
        setQuota: ({ path, nameQuota, spaceQuota }) =>
          operations
            .setQuota(namenode, caller, path, {
              ...(nameQuota !== undefined && { nameQuota }),
              ...(spaceQuota !== undefined && { spaceQuota }),
            })
            .then(() => ({})),
        concat: ({ path, sources }) => operations.concat(namenode, caller, path, sources).then(() => ({})),
        truncate: async ({ path, bytes }) => ({ done: await truncate(cluster, caller, path, bytes) }),
        setSnapshottable: ({ path, allowed }) =>
          snapshots.setSnapshottable(namenode, caller, path, allowed).then(() => ({})),
        createSnapshot: async ({ path, name }) => ({
          path: await snapshots.createSnapshot(namenode, caller, path, name),
        }),
        renameSnapshot: ({ path, from, to }) =>
          snapshots.renameSnapshot(namenode, caller, path, from, to).then(() => ({})),
        deleteSnapshot: ({ path, name }) => snapshots.deleteSnapshot(namenode, caller, path, name).then(() => ({})),

        create: async ({
          path,
          overwrite,
          replication = config.replication,
          blockBytes: blockSize = config.blockBytes,
        }) => ({
          handle: handles.add(
            await FileWriter.create(cluster, caller, path, {
              overwrite,
              replication,
              blockSize,
              permission: 0o644,
              createParent: true,
            }),
          ),
        }),
        append: async ({ path }) => ({ handle: handles.add(await FileWriter.append(cluster, caller, path)) }),
        write: ({ handle, bytes }) => handles.use(handle, (writer) => writer.write(bytes)).then(() => ({})),
        flush: ({ handle }) => handles.use(handle, (writer) => writer.flush()).then(() => ({})),
        close: ({ handle }) => handles.use(handle, (writer) => writer.close(), true).then(() => ({})),
        abandon: ({ handle }) => handles.use(handle, (writer) => writer.abort(), true).then(() => ({})),
        async *read({ path, offset, length = Number.MAX_SAFE_INTEGER }) {
          const file = readable(namenode, caller, path).node
          // A piece that is all of its buffer changes hands; only a part of one is copied.
          for await (const bytes of readFile(cluster, path, file, { offset, length })) {
            const isWhole = bytes.length === bytes.buffer.byteLength
            yield { bytes: isWhole ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes) }
          }
        },

        killNode({ node }) {
          cluster.kill(node)
          return {}
        },
        startNode: ({ node }) => cluster.restart(node).then(() => ({})),
        decommission({ node }) {
          cluster.decommission(node)
          keepLeaving()
          return {}
        },
        recommission({ node }) {
          cluster.recommission(node)
          keepLeaving()
          return {}
        },
        damageReplica: ({ node, block }) =>
          cluster
            .datanode(node)
            .store.damage(block)
            .then(() => ({})),
        safeMode({ action }) {
          if (action === 'enter') cluster.safeMode.enter()
          if (action === 'leave') cluster.safeMode.leave()
          cluster.changed()
          return { on: namenode.safeMode !== undefined }
        },
        saveNamespace: () => namenode.checkpoint().then(() => ({})),
        balance: ({ threshold }) => cluster.balance(threshold),
        scan,
      },
      async stop() {
        scanner.cancel()
        await web.close()
        await handles.abandonAll()
        await cluster.close()
      },
    }
  },
})
