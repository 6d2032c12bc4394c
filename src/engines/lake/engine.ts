import { mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { defineEngine } from '../define.ts'
import { syncFolder } from '../kit/node/files.ts'
import { realTime } from '../kit/node/real-time.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { Bucket } from './bucket.ts'
import { Changes } from './changes.ts'
import { diskError, statOrNothing } from './disk.ts'
import { Events } from './events.ts'
import { Lifecycle } from './lifecycle.ts'
import { LAST_KEY, prefixEnd } from './listing.ts'
import { withTags } from './metadata.ts'
import { isBucketName, noSuchBucket, parseS3Uri, requireBucketName } from './names.ts'
import {
  copyObject,
  deleteObjects,
  getObject,
  headObject,
  putObject,
  streamObject,
  Temporary,
  toInfo,
} from './objects.ts'
import { Pages } from './pages.ts'
import { decodePath, encodeSegment, isLitter } from './paths.ts'
import { checkSettings } from './setting-rules.ts'
import { Settings } from './settings.ts'
import { Stage } from './stage.ts'
import { type ObjectRow, openIndex } from './store.ts'
import { Uploads } from './uploads.ts'
import { listVersions } from './version-listing.ts'
import { Versions } from './versions.ts'

/** While somebody watches, changes from outside are looked for this often. */
const LOOK_MS = 1000

export const engine = defineEngine({
  name: 'lake',
  needs: ['functions', 'events'],
  async start(context) {
    const { clock, random, log, clients } = context
    const root = join(context.workspaceDirectory, 'lake')
    const temporaryFolder = emptyFolder(join(context.directory, 'temporary'))
    mkdirSync(root, { recursive: true })
    const changes = new Changes()
    const store = openIndex(join(context.directory, 'index.sqlite'), log)
    const stage = new Stage(emptyFolder(join(context.directory, 'stage')), { clock, random, store })
    const temporary = new Temporary(temporaryFolder)
    const uploads = new Uploads(store, join(context.directory, 'uploads'), temporary)
    const settings = new Settings(store, join(context.directory, 'buckets'))
    const versions = new Versions(store, join(context.directory, 'versions'), random)
    const events = new Events({ store, clock, log, ...clients })
    const pages = new Pages(store)
    const buckets = new Map<string, Bucket>()

    const bucketOf = (name: string): Bucket => {
      requireBucketName(name)
      const folder = join(root, encodeSegment(name))
      if (!statOrNothing(folder)?.isDirectory()) {
        if (buckets.delete(name)) settings.drop(name)
        throw noSuchBucket(name)
      }
      const known = buckets.get(name)
      if (known) return known
      const tools = { store, changes, versions, events, log, nowMs: () => clock.now() }
      const bucket = new Bucket(name, folder, tools, settings.of(name, clock.now()))
      buckets.set(name, bucket)
      return bucket
    }

    const bucketNames = (): string[] =>
      readdirSync(root, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && isBucketName(decodePath(entry.name)))
        .map((entry) => decodePath(entry.name))
        .sort()

    for (const name of bucketNames()) versions.recover(name, (path) => join(root, encodeSegment(name), path))
    stage.recover((name) => (bucketNames().includes(name) ? bucketOf(name) : undefined))

    const lifecycle = new Lifecycle({ clock, store, log, uploads, buckets: () => bucketNames().map(bucketOf) })
    lifecycle.plan()
    void lifecycle.sweep()
    events.send()

    let stopped = false
    let lookingAround = false
    const lookAround = async (): Promise<void> => {
      if (!changes.watched || lookingAround) return
      lookingAround = true
      try {
        for (const name of bucketNames()) if (!stopped) await bucketOf(name).reconcileGently()
      } catch (thrown) {
        if (!stopped) log.error('Could not look for changes in the lake', thrown)
      } finally {
        lookingAround = false
      }
    }
    const looking = realTime.every(LOOK_MS, () => void lookAround())

    return {
      handlers: {
        listBuckets: () => {
          const known = new Map(store.buckets().map((row) => [row.name, row.createdMs]))
          return bucketNames().map((name) => ({
            name,
            createdMs: known.get(name) ?? statOrNothing(join(root, encodeSegment(name)))?.birthtimeMs ?? clock.now(),
          }))
        },
        createBucket: async ({ bucket }) => {
          requireBucketName(bucket)
          const folder = join(root, encodeSegment(bucket))
          if (statOrNothing(folder))
            throw new EngineError(
              'BucketAlreadyOwnedByYou',
              'Your previous request to create the named bucket succeeded and you already own it.',
            )
          try {
            mkdirSync(folder)
            syncFolder(root)
          } catch (thrown) {
            throw diskError(thrown, folder)
          }
          settings.drop(bucket)
          store.putBucket(bucket, clock.now())
          await store.durable()
          return {}
        },
        deleteBucket: async ({ bucket }) => {
          await bucketOf(bucket).reconcileGently()
          const known = bucketOf(bucket)
          if (store.range(bucket, '', true, LAST_KEY, 1).length > 0 || store.hasVersions(bucket)) throw notEmpty()
          removeBucket(known.root)
          for (const upload of uploads.list(bucket))
            void uploads.abort({ bucket, key: upload.key, uploadId: upload.uploadId })
          buckets.delete(bucket)
          settings.drop(bucket)
          syncFolder(root)
          await store.durable()
          return {}
        },
        putObject: ({ bucket, body, ...details }) =>
          putObject(bucketOf(bucket), temporary, body, { ...details, modifiedMs: clock.now() }),
        headObject: ({ bucket, key, versionId }) => toInfo(headObject(bucketOf(bucket), key, versionId)),
        getObject: ({ bucket, key, ...part }) => getObject(bucketOf(bucket), key, part),
        deleteObjects: async ({ bucket, keys }) => {
          const objects = keys.map((key) => ({ key }))
          for (const { error } of await deleteObjects(bucketOf(bucket), objects, clock.now()))
            if (error) throw new EngineError(error.code, error.message)
          return { deleted: keys }
        },
        deleteVersions: ({ bucket, objects }) => deleteObjects(bucketOf(bucket), objects, clock.now()),
        tagObject: async ({ bucket: name, key, versionId, tags }) => {
          const bucket = bucketOf(name)
          const row = headObject(bucket, key, versionId)
          bucket.describe(row, withTags(toInfo(row).metadata, tags))
          events.tell(bucket, `ObjectTagging:${Object.keys(tags).length > 0 ? 'Put' : 'Delete'}`, row)
          await bucket.durable()
          return {}
        },
        copyObject: ({ from, to, ...change }) =>
          copyObject(
            { ...from, bucket: bucketOf(from.bucket) },
            { bucket: bucketOf(to.bucket), key: to.key },
            temporary,
            { modifiedMs: clock.now(), ...change },
          ),
        bucketSettings: ({ bucket }) => bucketOf(bucket).settings,
        changeBucket: async ({ bucket: name, ...change }) => {
          const bucket = bucketOf(name)
          checkSettings(change)
          const given = Object.entries({ ...bucket.settings, ...change })
          bucket.settings = Object.fromEntries(given.filter(([, value]) => value !== null))
          settings.put(name, clock.now(), bucket.settings)
          await bucket.durable()
          lifecycle.plan()
          return {}
        },
        listVersions: async ({ bucket, ...query }) => {
          await bucketOf(bucket).reconcileGently(query.prefix)
          return listVersions(query, store, bucket)
        },
        listObjects: async ({ bucket, ...query }) => {
          await bucketOf(bucket).reconcileGently(query.prefix)
          return pages.list(bucketOf(bucket), query)
        },
        createMultipartUpload: async ({ bucket, key, contentType, metadata, checksum }) => {
          bucketOf(bucket)
          const uploadId = uploads.newId(random)
          await uploads.create({
            uploadId,
            bucket,
            key,
            contentType: contentType ?? null,
            metadata: metadata ? JSON.stringify(metadata) : null,
            createdMs: clock.now(),
            checksum: checksum ?? null,
          })
          return { uploadId }
        },
        uploadPart: ({ partNumber, body, md5, checksums = {}, ...place }) => {
          bucketOf(place.bucket)
          return uploads.putPart(place, partNumber, body, { md5, checksums }, clock.now())
        },
        uploadPartCopy: async ({ partNumber, from, start, end, ...place }) => {
          bucketOf(place.bucket)
          const modifiedMs = clock.now()
          const { versionId } = from
          const bytes = streamObject(bucketOf(from.bucket), from.key, { start, end, versionId })
          return { ...(await uploads.copyPart(place, partNumber, bytes, modifiedMs)), modifiedMs }
        },
        completeMultipartUpload: ({ bucket, key, uploadId, parts, checksums = {}, ...details }) =>
          uploads.complete({ bucket, key, uploadId }, parts, bucketOf(bucket), {
            ...details,
            checksums,
            modifiedMs: clock.now(),
          }),
        abortMultipartUpload: async (place) => {
          bucketOf(place.bucket)
          await uploads.abort(place)
          return {}
        },
        listParts: (place) => {
          bucketOf(place.bucket)
          const { checksum } = uploads.find(place)
          const parts = uploads.parts(place).map((part) => ({ ...part, checksums: JSON.parse(part.checksums) }))
          return { parts, ...(checksum !== null && { checksum }) }
        },
        listMultipartUploads: ({ bucket }) => {
          bucketOf(bucket)
          return uploads.list(bucket).map(({ key, uploadId, createdMs, checksum }) => ({
            key,
            uploadId,
            createdMs,
            ...(checksum !== null && { checksum }),
          }))
        },
        locate: async ({ uri }) => {
          const { bucket: name, key } = parseS3Uri(uri)
          await bucketOf(name).reconcileGently(key)
          const bucket = bucketOf(name)
          const below = key === '' ? LAST_KEY : prefixEnd(key)
          return locateAll(bucket, (after) => store.range(name, after ?? key, after === undefined, below, 5000))
        },
        stage: ({ bucket }) => {
          bucketOf(bucket)
          return { directory: stage.folder() }
        },
        adopt: ({ bucket, files }) => stage.adopt(bucketOf(bucket), files),
        adoptFolder: ({ bucket, directory, prefix }) => stage.adoptFolder(bucketOf(bucket), directory, prefix),
        watchObjects: ({ bucket, prefix }, { signal }) => changes.watch(bucket, prefix, signal),
      },
      async stop() {
        stopped = true
        looking.cancel()
        await lifecycle.close()
        await events.close()
        for (const bucket of buckets.values()) await bucket.settled()
        await store.close()
      },
    }
  },
})

function emptyFolder(folder: string): string {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

const notEmpty = () => new EngineError('BucketNotEmpty', 'The bucket you tried to delete is not empty')

/** Removes a bucket's folder with what systems leave behind in it, and nothing that a person put there. */
function removeBucket(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeBucket(join(folder, entry.name))
    else if (isLitter(entry.name)) rmSync(join(folder, entry.name))
    else throw notEmpty()
  }
  try {
    rmdirSync(folder)
  } catch (thrown) {
    throw diskError(thrown, folder)
  }
}

function locateAll(bucket: Bucket, next: (after: string | undefined) => ObjectRow[]) {
  const found: { key: string; file: string; size: number; modifiedMs: number }[] = []
  for (let rows = next(undefined); rows.length > 0; rows = next(rows[rows.length - 1].key)) {
    for (const row of rows) {
      const now = bucket.check(row)
      if (now) found.push({ key: now.key, file: bucket.file(now.path), size: now.size, modifiedMs: now.modifiedMs })
    }
  }
  return found
}
