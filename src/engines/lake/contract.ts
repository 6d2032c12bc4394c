import { z } from 'zod'
import { bytes, call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

export const ObjectInfo = z.object({
  key: z.string(),
  size: z.number().int(),
  /** As S3 gives it, quotes included. */
  etag: z.string(),
  modifiedMs: z.number(),
  contentType: z.string().optional(),
  /** User metadata; names that begin with a colon are S3's own, such as `:content-encoding`. */
  metadata: z.record(z.string(), z.string()).default({}),
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

const inBucket = z.object({ bucket: z.string() })
/** Conditions of a write, checked in the same step as the write: an ETag, or `*` for any object. */
const conditions = { ifMatch: z.string().optional(), ifNoneMatch: z.string().optional() }
const anObject = inBucket.extend({ key: z.string() })

/** S3 over plain files: bucket `b`'s object `a/c.csv` is `lake/b/a/c.csv` in the workspace, written atomically. */
export const lake = defineContract('lake', {
  listBuckets: call(nothing, z.array(z.object({ name: z.string(), createdMs: z.number() }))),
  createBucket: call(inBucket, nothing),
  deleteBucket: call(inBucket, nothing),
  /** Answers once the object is on disk under its name. Takes the body's buffer. */
  putObject: call(
    anObject.extend({
      body: bytes(),
      contentType: z.string().optional(),
      metadata: z.record(z.string(), z.string()).optional(),
      ...conditions,
    }),
    ObjectInfo,
    { bulk: true },
  ),
  headObject: call(anObject, ObjectInfo),
  /** Bytes `start` to `end`, both inclusive, as in an HTTP range. */
  getObject: call(
    anObject.extend({
      start: z.number().int().nonnegative().optional(),
      end: z.number().int().nonnegative().optional(),
    }),
    ObjectInfo.extend({ body: bytes() }),
    { bulk: true },
  ),
  deleteObjects: call(inBucket.extend({ keys: z.array(z.string()) }), z.object({ deleted: z.array(z.string()) })),
  /** `replace` gives the copy a type and metadata of its own. */
  copyObject: call(
    z.object({
      from: anObject,
      to: anObject,
      replace: z
        .object({ contentType: z.string().optional(), metadata: z.record(z.string(), z.string()).default({}) })
        .optional(),
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
  ),
  createMultipartUpload: call(
    anObject.extend({ contentType: z.string().optional(), metadata: z.record(z.string(), z.string()).optional() }),
    z.object({ uploadId: z.string() }),
  ),
  uploadPart: call(
    anObject.extend({ uploadId: z.string(), partNumber: z.number().int().min(1).max(10_000), body: bytes() }),
    z.object({ etag: z.string() }),
    { bulk: true },
  ),
  /** A part from bytes `start` to `end`, both inclusive, of an object that is there. */
  uploadPartCopy: call(
    anObject.extend({
      uploadId: z.string(),
      partNumber: z.number().int().min(1).max(10_000),
      from: anObject,
      start: z.number().int().nonnegative().optional(),
      end: z.number().int().nonnegative().optional(),
    }),
    z.object({ etag: z.string(), modifiedMs: z.number() }),
  ),
  completeMultipartUpload: call(
    anObject.extend({
      uploadId: z.string(),
      parts: z.array(z.object({ partNumber: z.number().int(), etag: z.string() })),
      ...conditions,
    }),
    ObjectInfo,
  ),
  abortMultipartUpload: call(anObject.extend({ uploadId: z.string() }), nothing),
  listParts: call(
    anObject.extend({ uploadId: z.string() }),
    z.array(
      z.object({ partNumber: z.number().int(), etag: z.string(), size: z.number().int(), modifiedMs: z.number() }),
    ),
  ),
  listMultipartUploads: call(
    inBucket,
    z.array(z.object({ key: z.string(), uploadId: z.string(), createdMs: z.number() })),
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
  /** Objects created and deleted from now on. */
  watchObjects: feed(
    z.object({ bucket: z.string().optional(), prefix: z.string().default('') }),
    z.object({ bucket: z.string(), key: z.string(), change: z.enum(['created', 'deleted']), size: z.number().int() }),
  ),
})
