import { z } from 'zod'
import { bytes, call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

export const ObjectInfo = z.object({
  key: z.string(),
  size: z.number().int(),
  /** As S3 gives it, quotes included. */
  etag: z.string(),
  modifiedMs: z.number(),
  contentType: z.string().optional(),
  /** User metadata; names that begin with a colon are S3's own, such as `:content-encoding` and `:tags` (JSON). */
  metadata: z.record(z.string(), z.string()).default({}),
  /** Where the bucket has or had versions; `null`, in letters, for what was put without. */
  versionId: z.string().optional(),
})
export type ObjectInfo = z.infer<typeof ObjectInfo>

export const ObjectPage = z.object({
  objects: z.array(ObjectInfo),
  /** Prefixes up to the next delimiter, each once. */
  commonPrefixes: z.array(z.string()),
  /** Continue with `startAfter` of this key. */
  next: z.string().optional(),
})

export type ObjectPage = z.infer<typeof ObjectPage>

export const VersionPage = z.object({
  /** Newest first for each key. */
  versions: z.array(ObjectInfo.extend({ versionId: z.string(), latest: z.boolean(), marker: z.boolean() })),
  commonPrefixes: z.array(z.string()),
  /** Continue after this version of this key; without a version, after all of that key. */
  next: z.object({ key: z.string(), versionId: z.string().optional() }).optional(),
})
export type VersionPage = z.infer<typeof VersionPage>

const Tags = z.record(z.string(), z.string())

/** One rule of a lifecycle; days count from the change to the next midnight, UTC. */
export const LifecycleRule = z.object({
  id: z.string(),
  enabled: z.boolean(),
  prefix: z.string().default(''),
  tags: Tags.default({}),
  /** Bytes, both exclusive. */
  largerThan: z.number().optional(),
  smallerThan: z.number().optional(),
  expireDays: z.number().int().positive().optional(),
  expireAtMs: z.number().optional(),
  expireMarkers: z.boolean().optional(),
  noncurrentDays: z.number().int().positive().optional(),
  /** Noncurrent versions of a key that are kept in any case, the newest. */
  noncurrentKept: z.number().int().positive().optional(),
  abortUploadDays: z.number().int().positive().optional(),
})
export type LifecycleRule = z.infer<typeof LifecycleRule>

/** What happens here. Others of S3's events could never come, so that asking for them is refused. */
export const S3_EVENTS: readonly string[] = [
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
  's3:ObjectRemoved:DeleteMarkerCreated',
  's3:LifecycleExpiration:*',
  's3:LifecycleExpiration:Delete',
  's3:LifecycleExpiration:DeleteMarkerCreated',
  's3:ObjectTagging:*',
  's3:ObjectTagging:Put',
  's3:ObjectTagging:Delete',
]

/** A function that is told of changes; events as S3 names them, `s3:ObjectCreated:*`. */
export const Notification = z.object({
  id: z.string(),
  function: z.string(),
  events: z.array(z.string()),
  prefix: z.string().default(''),
  suffix: z.string().default(''),
})
export type Notification = z.infer<typeof Notification>

/** Which pages of other origins may ask for what, and what they may read of the answer; at most one `*` in an origin or a header. */
export const CorsRule = z.object({
  id: z.string().optional(),
  origins: z.array(z.string()),
  methods: z.array(z.enum(['GET', 'PUT', 'POST', 'DELETE', 'HEAD'])),
  headers: z.array(z.string()).default([]),
  exposed: z.array(z.string()).default([]),
  maxAgeSeconds: z.number().int().optional(),
})
export type CorsRule = z.infer<typeof CorsRule>

export const BucketSettings = z.object({
  versioning: z.enum(['Enabled', 'Suspended']).optional(),
  tags: Tags.optional(),
  lifecycle: z.array(LifecycleRule).optional(),
  notifications: z.array(Notification).optional(),
  /** The default event bus is told of every change too. */
  eventBridge: z.boolean().optional(),
  cors: z.array(CorsRule).optional(),
  /** Kept for who asks: objects have no keys of their own. */
  bucketKeys: z.boolean().optional(),
})
export type BucketSettings = z.infer<typeof BucketSettings>

/** What became of a deletion: the version that is gone, or the delete marker that was made. */
export const Deletion = z.object({
  key: z.string(),
  versionId: z.string().optional(),
  marker: z.boolean(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
})
export type Deletion = z.infer<typeof Deletion>

/** Of the body in hex, from a caller that has worked it out: the lake's thread need not. */
const md5 = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .optional()

/** Checksums in base64 by algorithm in small letters, such as `crc64nvme`. */
const Checksums = z.record(z.string(), z.string())

const inBucket = z.object({ bucket: z.string() })
/** Conditions of a write, checked in the same step as the write: an ETag, or `*` for any object. */
const conditions = { ifMatch: z.string().optional(), ifNoneMatch: z.string().optional() }
const anObject = inBucket.extend({ key: z.string() })
/** An object, or one version of it. */
const aVersion = anObject.extend({ versionId: z.string().optional() })

/** S3 over plain files: bucket `b`'s object `a/c.csv` is `lake/b/a/c.csv` in the workspace, written atomically. */
export const lake = defineContract('lake', {
  listBuckets: call(nothing, z.array(z.object({ name: z.string(), createdMs: z.number() }))),
  createBucket: call(inBucket, nothing),
  deleteBucket: call(inBucket, nothing),
  bucketSettings: call(inBucket, BucketSettings),
  /** Replaces the settings that are given; null takes one away. Versions cannot be taken away, only suspended. */
  changeBucket: call(
    inBucket.extend({
      versioning: BucketSettings.shape.versioning,
      tags: Tags.nullable().optional(),
      lifecycle: z.array(LifecycleRule).nullable().optional(),
      notifications: z.array(Notification).nullable().optional(),
      eventBridge: z.boolean().nullable().optional(),
      cors: z.array(CorsRule).nullable().optional(),
      bucketKeys: z.boolean().nullable().optional(),
    }),
    nothing,
  ),
  /** Answers once the object is on disk under its name. Takes the body's buffer. */
  putObject: call(
    anObject.extend({
      body: bytes(),
      md5,
      contentType: z.string().optional(),
      metadata: z.record(z.string(), z.string()).optional(),
      ...conditions,
    }),
    ObjectInfo,
    { bulk: true },
  ),
  headObject: call(aVersion, ObjectInfo),
  /** Bytes `start` to `end`, both inclusive, as in an HTTP range. */
  getObject: call(
    aVersion.extend({
      start: z.number().int().nonnegative().optional(),
      end: z.number().int().nonnegative().optional(),
    }),
    ObjectInfo.extend({ body: bytes() }),
    { bulk: true },
  ),
  deleteObjects: call(inBucket.extend({ keys: z.array(z.string()) }), z.object({ deleted: z.array(z.string()) })),
  /** Deletes objects, where there are versions by a marker, or versions for good; each stands for itself. */
  deleteVersions: call(
    inBucket.extend({ objects: z.array(aVersion.omit({ bucket: true }).extend({ ifMatch: z.string().optional() })) }),
    z.array(Deletion),
  ),
  /** Replaces an object's tags; its time and ETag stay. */
  tagObject: call(aVersion.extend({ tags: Tags }), nothing),
  /** `replace` gives the copy a type and metadata of its own. */
  copyObject: call(
    z.object({
      from: aVersion,
      to: anObject,
      replace: z
        .object({ contentType: z.string().optional(), metadata: z.record(z.string(), z.string()).default({}) })
        .optional(),
      /** Tags of its own, in place of the source's. */
      tags: Tags.optional(),
      /** An algorithm by which the copy gets a checksum of its own. */
      checksum: z.string().optional(),
      ...conditions,
    }),
    ObjectInfo,
  ),
  listObjects: call(
    inBucket.extend({
      prefix: z.string().default(''),
      delimiter: z.string().default(''),
      startAfter: z.string().default(''),
      max: z.number().int().positive().max(10_000).default(1000),
    }),
    ObjectPage,
    { rows: 'objects' },
  ),
  listVersions: call(
    inBucket.extend({
      prefix: z.string().default(''),
      delimiter: z.string().default(''),
      after: z.object({ key: z.string(), versionId: z.string().optional() }).optional(),
      max: z.number().int().positive().max(1000).default(1000),
    }),
    VersionPage,
  ),
  /** `checksum` is the whole object's: algorithm and type, `crc32 FULL_OBJECT`. */
  createMultipartUpload: call(
    anObject.extend({
      contentType: z.string().optional(),
      metadata: z.record(z.string(), z.string()).optional(),
      checksum: z.string().optional(),
    }),
    z.object({ uploadId: z.string() }),
  ),
  uploadPart: call(
    anObject.extend({
      uploadId: z.string(),
      partNumber: z.number().int().min(1).max(10_000),
      body: bytes(),
      md5,
      checksums: Checksums.optional(),
    }),
    z.object({ etag: z.string(), checksums: Checksums }),
    { bulk: true },
  ),
  /** A part from bytes `start` to `end`, both inclusive, of an object that is there. */
  uploadPartCopy: call(
    anObject.extend({
      uploadId: z.string(),
      partNumber: z.number().int().min(1).max(10_000),
      from: aVersion,
      start: z.number().int().nonnegative().optional(),
      end: z.number().int().nonnegative().optional(),
    }),
    z.object({ etag: z.string(), checksums: Checksums, modifiedMs: z.number() }),
  ),
  completeMultipartUpload: call(
    anObject.extend({
      uploadId: z.string(),
      parts: z.array(z.object({ partNumber: z.number().int(), etag: z.string(), checksums: Checksums.optional() })),
      /** Of the whole object, to be met. */
      checksums: Checksums.optional(),
      size: z.number().int().optional(),
      ...conditions,
    }),
    ObjectInfo,
  ),
  abortMultipartUpload: call(anObject.extend({ uploadId: z.string() }), nothing),
  listParts: call(
    anObject.extend({ uploadId: z.string() }),
    z.object({
      checksum: z.string().optional(),
      parts: z.array(
        z.object({
          partNumber: z.number().int(),
          etag: z.string(),
          size: z.number().int(),
          modifiedMs: z.number(),
          checksums: Checksums,
        }),
      ),
    }),
  ),
  listMultipartUploads: call(
    inBucket,
    z.array(
      z.object({ key: z.string(), uploadId: z.string(), createdMs: z.number(), checksum: z.string().optional() }),
    ),
  ),
  /** The files of all objects under an `s3://bucket/prefix`, for engines that read in place. */
  locate: call(
    z.object({ uri: z.string() }),
    z.array(z.object({ key: z.string(), file: z.string(), size: z.number().int(), modifiedMs: z.number() })),
  ),
  /** Where an engine that writes files by itself (UNLOAD, CTAS) puts those of a prefix before `adopt` makes them objects. */
  stage: call(inBucket, z.object({ directory: z.string() })),
  /** Moves staged files to their keys, atomically for each file. */
  adopt: call(
    inBucket.extend({ files: z.array(z.object({ file: z.string(), key: z.string() })) }),
    z.array(ObjectInfo),
  ),
  /**
   * Makes the files of a staged folder objects under a prefix that nothing is below yet, all of them at once: by one rename. Names are of
   * letters, digits and `_.-`.
   */
  adoptFolder: call(inBucket.extend({ directory: z.string(), prefix: z.string() }), z.array(ObjectInfo)),
  /** Objects created and deleted from now on. */
  watchObjects: feed(
    z.object({ bucket: z.string().optional(), prefix: z.string().default('') }),
    z.object({ bucket: z.string(), key: z.string(), change: z.enum(['created', 'deleted']), size: z.number().int() }),
  ),
})
