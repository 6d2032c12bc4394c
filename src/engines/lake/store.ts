import type { Stats } from 'node:fs'
import type { Log } from '../kit/node/engine.ts'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import type { BucketSettings } from './contract.ts'
import { identityTag, SharedSync } from './disk.ts'

/** What the index knows of an object's file. `size` and `fileMs` tell whether the rest still speaks of the file that lies there. */
export interface ObjectRow {
  key: string
  /** Inside the bucket's folder, forward slashes. */
  path: string
  size: number
  /** The file's modification time as the file system gives it, ms. */
  fileMs: number
  /** When the object was put, engine time, ms; the file's own time for files from outside. */
  modifiedMs: number
  etag: string
  contentType: string | null
  /** JSON of the user metadata, null where there is none. */
  metadata: string | null
  /** Null where the bucket never had versions; `null`, in letters, is S3's name of a version that was put without an id. */
  versionId: string | null
}

/** A version that is not current, or a delete marker. Its `path` is a file's name in the bucket's folder of versions; a marker has none. */
export interface VersionRow extends ObjectRow {
  /** Higher is newer, among versions of one key. */
  serial: number
  marker: 0 | 1
}

export interface UploadRow {
  uploadId: string
  bucket: string
  key: string
  contentType: string | null
  metadata: string | null
  createdMs: number
  /** What the whole object's checksum is to be: `crc32 FULL_OBJECT`; null where nobody asked. */
  checksum: string | null
}

export interface PartRow {
  partNumber: number
  etag: string
  size: number
  modifiedMs: number
  /** JSON of the part's checksums in base64, by algorithm. */
  checksums: string
}

/** A folder that is about to get its place, with its objects: by it a kill in between is known at the next start. */
export interface AdoptionRow {
  id: number
  bucket: string
  objects: readonly { key: string; etag: string; modifiedMs: number }[]
}

/** An event that a function has not taken yet. */
export interface EventRow {
  id: number
  function: string
  payload: string
}

const SCHEMA = `
  CREATE TABLE buckets (name TEXT PRIMARY KEY, createdMs REAL NOT NULL) WITHOUT ROWID;
  CREATE TABLE objects (
    bucket TEXT NOT NULL, key TEXT NOT NULL, path TEXT NOT NULL, parent TEXT NOT NULL, folded TEXT NOT NULL,
    size INTEGER NOT NULL, fileMs REAL NOT NULL, modifiedMs REAL NOT NULL,
    etag TEXT NOT NULL, contentType TEXT, metadata TEXT,
    PRIMARY KEY (bucket, key)
  ) WITHOUT ROWID;
  CREATE INDEX objectsByParent ON objects (bucket, parent);
  CREATE INDEX objectsByFold ON objects (bucket, folded);
  CREATE TABLE uploads (
    uploadId TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, contentType TEXT, metadata TEXT, createdMs REAL NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE parts (
    uploadId TEXT NOT NULL, partNumber INTEGER NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL, modifiedMs REAL NOT NULL,
    PRIMARY KEY (uploadId, partNumber)
  ) WITHOUT ROWID;
`

const VERSIONS = `
  ALTER TABLE buckets ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE objects ADD COLUMN versionId TEXT;
  ALTER TABLE uploads ADD COLUMN checksum TEXT;
  ALTER TABLE parts ADD COLUMN checksums TEXT NOT NULL DEFAULT '{}';
  CREATE TABLE versions (
    bucket TEXT NOT NULL, key TEXT NOT NULL, serial INTEGER NOT NULL, versionId TEXT NOT NULL, path TEXT NOT NULL,
    size INTEGER NOT NULL, fileMs REAL NOT NULL, modifiedMs REAL NOT NULL, etag TEXT NOT NULL, contentType TEXT, metadata TEXT,
    marker INTEGER NOT NULL,
    PRIMARY KEY (bucket, key, serial)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX versionsById ON versions (bucket, key, versionId);
  CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, function TEXT NOT NULL, payload TEXT NOT NULL);
`

const ADOPTIONS = `
  CREATE TABLE adoptions (id INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL, objects TEXT NOT NULL);
`

const COLUMNS = 'key, path, size, fileMs, modifiedMs, etag, contentType, metadata, versionId'
const VERSION_COLUMNS = `${COLUMNS}, serial, marker`

/** The lake's index. Files are the truth; a lost or damaged index is made again from them, without types and metadata. */
export type Store = ReturnType<typeof openIndex>

export function openIndex(file: string, log: Log) {
  const db = openDatabase(file, log)
  const statements = {
    get: db.prepare<[string, string], ObjectRow>(`SELECT ${COLUMNS} FROM objects WHERE bucket = ? AND key = ?`),
    put: db.prepare(
      `INSERT OR REPLACE INTO objects (bucket, parent, folded, ${COLUMNS})
       VALUES (@bucket, @parent, @folded, @key, @path, @size, @fileMs, @modifiedMs, @etag, @contentType, @metadata, @versionId)`,
    ),
    remove: db.prepare('DELETE FROM objects WHERE bucket = ? AND key = ?'),
    byParent: db.prepare<[string, string], ObjectRow>(`SELECT ${COLUMNS} FROM objects WHERE bucket = ? AND parent = ?`),
    parents: db.prepare<[string], { parent: string }>('SELECT DISTINCT parent FROM objects WHERE bucket = ?'),
    byFold: db.prepare<[string, string], ObjectRow>(`SELECT ${COLUMNS} FROM objects WHERE bucket = ? AND folded = ?`),
    after: db.prepare<[string, string, string, number], ObjectRow>(
      `SELECT ${COLUMNS} FROM objects WHERE bucket = ? AND key > ? AND key < ? ORDER BY key LIMIT ?`,
    ),
    from: db.prepare<[string, string, string, number], ObjectRow>(
      `SELECT ${COLUMNS} FROM objects WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?`,
    ),
    bucketNames: db.prepare<[], { name: string; createdMs: number }>('SELECT name, createdMs FROM buckets'),
    putBucket: db.prepare('INSERT OR REPLACE INTO buckets (name, createdMs) VALUES (?, ?)'),
    settings: db.prepare<[string], { settings: string }>('SELECT settings FROM buckets WHERE name = ?'),
    putSettings: db.prepare(
      `INSERT INTO buckets (name, createdMs, settings) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET settings = excluded.settings`,
    ),
    nameNull: db.prepare(`UPDATE objects SET versionId = 'null' WHERE bucket = ? AND versionId IS NULL`),
    versions: db.prepare<[string, string], VersionRow>(
      `SELECT ${VERSION_COLUMNS} FROM versions WHERE bucket = ? AND key = ? ORDER BY serial DESC`,
    ),
    version: db.prepare<[string, string, string], VersionRow>(
      `SELECT ${VERSION_COLUMNS} FROM versions WHERE bucket = ? AND key = ? AND versionId = ?`,
    ),
    anyVersion: db.prepare<[string], VersionRow>(`SELECT ${VERSION_COLUMNS} FROM versions WHERE bucket = ? LIMIT 1`),
    noncurrent: db.prepare<[string], VersionRow>(`SELECT ${VERSION_COLUMNS} FROM versions WHERE bucket = ?`),
    objects: db.prepare<[string], ObjectRow>(`SELECT ${COLUMNS} FROM objects WHERE bucket = ?`),
    putVersion: db.prepare(
      `INSERT OR REPLACE INTO versions (bucket, ${VERSION_COLUMNS})
       VALUES (@bucket, @key, @path, @size, @fileMs, @modifiedMs, @etag, @contentType, @metadata, @versionId,
         (SELECT coalesce(max(serial), 0) + 1 FROM versions WHERE bucket = @bucket AND key = @key), @marker)`,
    ),
    describeVersion: db.prepare('UPDATE versions SET metadata = ? WHERE bucket = ? AND key = ? AND versionId = ?'),
    removeVersion: db.prepare('DELETE FROM versions WHERE bucket = ? AND key = ? AND versionId = ?'),
    // Newest first for each key: the current object stands above all numbered ones.
    versionsAfter: db.prepare<Record<string, unknown>, VersionRow>(
      `SELECT ${COLUMNS}, 9007199254740991 AS serial, 0 AS marker FROM objects
         WHERE bucket = @bucket AND key < @below AND (key > @key OR (key = @key AND @serial > 9007199254740991))
       UNION ALL
       SELECT ${VERSION_COLUMNS} FROM versions
         WHERE bucket = @bucket AND key < @below AND (key > @key OR (key = @key AND serial < @serial))
       ORDER BY key, serial DESC LIMIT @limit`,
    ),
    putEvent: db.prepare('INSERT INTO events (function, payload) VALUES (?, ?)'),
    events: db.prepare<[], EventRow>('SELECT id, function, payload FROM events ORDER BY id LIMIT 100'),
    dropEvent: db.prepare('DELETE FROM events WHERE id = ?'),
    putAdoption: db.prepare('INSERT INTO adoptions (bucket, objects) VALUES (?, ?)'),
    adoptions: db.prepare<[], { id: number; bucket: string; objects: string }>('SELECT * FROM adoptions ORDER BY id'),
    dropAdoption: db.prepare('DELETE FROM adoptions WHERE id = ?'),
    dropObjects: db.prepare('DELETE FROM objects WHERE bucket = ?'),
    dropBucket: db.prepare('DELETE FROM buckets WHERE name = ?'),
    upload: db.prepare<[string], UploadRow>('SELECT * FROM uploads WHERE uploadId = ?'),
    putUpload: db.prepare(
      'INSERT INTO uploads VALUES (@uploadId, @bucket, @key, @contentType, @metadata, @createdMs, @checksum)',
    ),
    uploads: db.prepare<[string], UploadRow>('SELECT * FROM uploads WHERE bucket = ? ORDER BY key, createdMs'),
    dropUpload: db.prepare('DELETE FROM uploads WHERE uploadId = ?'),
    putPart: db.prepare('INSERT OR REPLACE INTO parts VALUES (?, @partNumber, @etag, @size, @modifiedMs, @checksums)'),
    parts: db.prepare<[string], PartRow>(
      'SELECT partNumber, etag, size, modifiedMs, checksums FROM parts WHERE uploadId = ? ORDER BY partNumber',
    ),
    dropParts: db.prepare('DELETE FROM parts WHERE uploadId = ?'),
  }
  const changes = new Map<string, number>()
  const changed = (bucket: string) => changes.set(bucket, (changes.get(bucket) ?? 0) + 1)
  const writeAhead = new SharedSync(`${file}-wal`)
  const put = (bucket: string, row: ObjectRow, folded: string): void => {
    const slash = row.path.lastIndexOf('/')
    statements.put.run({ ...row, bucket, parent: slash === -1 ? '' : row.path.slice(0, slash), folded })
    changed(bucket)
  }
  return {
    get: (bucket: string, key: string) => statements.get.get(bucket, key),
    put,
    remove: (bucket: string, key: string): void => {
      statements.remove.run(bucket, key)
      changed(bucket)
    },
    /** Goes up with each change of a bucket's objects. */
    changes: (bucket: string) => changes.get(bucket) ?? 0,
    inFolder: (bucket: string, parent: string) => statements.byParent.all(bucket, parent),
    folders: (bucket: string) => statements.parents.all(bucket).map((row) => row.parent),
    byFold: (bucket: string, folded: string) => statements.byFold.all(bucket, folded),
    range: (bucket: string, from: string, inclusive: boolean, below: string, limit: number) =>
      (inclusive ? statements.from : statements.after).all(bucket, from, below, limit),
    buckets: () => statements.bucketNames.all(),
    putBucket: (name: string, createdMs: number) => void statements.putBucket.run(name, createdMs),
    dropBucket: db.transaction((name: string) => {
      statements.dropObjects.run(name)
      statements.dropBucket.run(name)
    }),
    /** Undefined for a bucket that the index does not know. */
    settings: (bucket: string): BucketSettings | undefined => {
      const row = statements.settings.get(bucket)
      return row && (JSON.parse(row.settings) as BucketSettings)
    },
    putSettings: (bucket: string, createdMs: number, settings: BucketSettings) =>
      void statements.putSettings.run(bucket, createdMs, JSON.stringify(settings)),
    /** What was put before a bucket had versions is the version `null` of its key. */
    nameNull: (bucket: string): void => {
      statements.nameNull.run(bucket)
      changed(bucket)
    },
    /** Versions of a key that are not current, newest first. */
    versions: (bucket: string, key: string) => statements.versions.all(bucket, key),
    version: (bucket: string, key: string, versionId: string) => statements.version.get(bucket, key, versionId),
    hasVersions: (bucket: string) => statements.anyVersion.get(bucket) !== undefined,
    /** Every version of a bucket that is not current. */
    noncurrent: (bucket: string) => statements.noncurrent.all(bucket),
    objects: (bucket: string) => statements.objects.all(bucket),
    putVersion: (bucket: string, row: Omit<VersionRow, 'serial'>) => void statements.putVersion.run({ ...row, bucket }),
    describeVersion: (bucket: string, key: string, versionId: string, metadata: string | null) =>
      void statements.describeVersion.run(metadata, bucket, key, versionId),
    removeVersion: (bucket: string, key: string, versionId: string) =>
      void statements.removeVersion.run(bucket, key, versionId),
    /** All versions in the order of keys, newest first, after a place in that order. */
    versionsAfter: (bucket: string, after: { key: string; serial: number }, below: string, limit: number) =>
      statements.versionsAfter.all({ bucket, ...after, below, limit }),
    putEvent: (name: string, payload: string) => void statements.putEvent.run(name, payload),
    events: () => statements.events.all(),
    dropEvent: (id: number) => void statements.dropEvent.run(id),
    putAdoption: (bucket: string, objects: AdoptionRow['objects']) =>
      Number(statements.putAdoption.run(bucket, JSON.stringify(objects)).lastInsertRowid),
    adoptions: (): AdoptionRow[] =>
      statements.adoptions.all().map((row) => ({ ...row, objects: JSON.parse(row.objects) })),
    dropAdoption: (id: number) => void statements.dropAdoption.run(id),
    upload: (uploadId: string) => statements.upload.get(uploadId),
    uploads: (bucket: string) => statements.uploads.all(bucket),
    putUpload: (row: UploadRow) => void statements.putUpload.run(row),
    dropUpload: db.transaction((uploadId: string) => {
      statements.dropParts.run(uploadId)
      statements.dropUpload.run(uploadId)
    }),
    putPart: (uploadId: string, row: PartRow) => void statements.putPart.run(uploadId, row),
    parts: (uploadId: string) => statements.parts.all(uploadId),
    transaction: <T>(work: () => T): T => db.transaction(work)(),
    /** Resolves once everything written before is on disk. */
    durable: () => writeAhead.sync(),
    async close() {
      await writeAhead.close()
      db.close()
    },
  }
}

function openDatabase(file: string, log: Log): Db {
  const db = openStore(file, {
    // A commit reaches the log without a sync of its own; `durable` syncs the log for all who wait, without holding up the thread.
    synchronous: 'normal',
    steps: [(made) => made.exec(SCHEMA), (made) => made.exec(VERSIONS), (made) => made.exec(ADOPTIONS)],
    onRemade: (aside, thrown) =>
      log.error(
        `The lake's index was damaged; it is made again from the files. The old one is kept as ${aside}.`,
        thrown,
      ),
  })
  // Room for the first look at a large bucket without spilling, bytes / -1024.
  db.pragma('cache_size = -65536')
  return db
}

/** A file from outside has an ETag in the form that S3 gives multipart uploads, which promises no MD5 of the content. */
export function outsideRow(key: string, path: string, stat: Stats, versionId: string | null): ObjectRow {
  return {
    key,
    path,
    size: stat.size,
    fileMs: stat.mtimeMs,
    modifiedMs: Math.floor(stat.mtimeMs),
    etag: identityTag(stat),
    contentType: null,
    metadata: null,
    versionId,
  }
}
