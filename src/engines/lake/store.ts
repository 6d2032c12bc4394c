import type { Log } from '../kit/node/engine.ts'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import { SharedSync } from './disk.ts'

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
}

export interface UploadRow {
  uploadId: string
  bucket: string
  key: string
  contentType: string | null
  metadata: string | null
  createdMs: number
}

export interface PartRow {
  partNumber: number
  etag: string
  size: number
  modifiedMs: number
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

const COLUMNS = 'key, path, size, fileMs, modifiedMs, etag, contentType, metadata'

/** The lake's index. Files are the truth; a lost or damaged index is made again from them, without types and metadata. */
export type Store = ReturnType<typeof openIndex>

export function openIndex(file: string, log: Log) {
  const db = openDatabase(file, log)
  const statements = {
    get: db.prepare<[string, string], ObjectRow>(`SELECT ${COLUMNS} FROM objects WHERE bucket = ? AND key = ?`),
    put: db.prepare(
      `INSERT OR REPLACE INTO objects (bucket, parent, folded, ${COLUMNS})
       VALUES (@bucket, @parent, @folded, @key, @path, @size, @fileMs, @modifiedMs, @etag, @contentType, @metadata)`,
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
    putBucket: db.prepare('INSERT OR REPLACE INTO buckets VALUES (?, ?)'),
    dropObjects: db.prepare('DELETE FROM objects WHERE bucket = ?'),
    dropBucket: db.prepare('DELETE FROM buckets WHERE name = ?'),
    upload: db.prepare<[string], UploadRow>('SELECT * FROM uploads WHERE uploadId = ?'),
    putUpload: db.prepare('INSERT INTO uploads VALUES (@uploadId, @bucket, @key, @contentType, @metadata, @createdMs)'),
    uploads: db.prepare<[string], UploadRow>('SELECT * FROM uploads WHERE bucket = ? ORDER BY key, createdMs'),
    dropUpload: db.prepare('DELETE FROM uploads WHERE uploadId = ?'),
    putPart: db.prepare('INSERT OR REPLACE INTO parts VALUES (?, @partNumber, @etag, @size, @modifiedMs)'),
    parts: db.prepare<[string], PartRow>(
      'SELECT partNumber, etag, size, modifiedMs FROM parts WHERE uploadId = ? ORDER BY partNumber',
    ),
    dropParts: db.prepare('DELETE FROM parts WHERE uploadId = ?'),
  }
  const writeAhead = new SharedSync(`${file}-wal`)
  const put = (bucket: string, row: ObjectRow, folded: string): void => {
    const slash = row.path.lastIndexOf('/')
    statements.put.run({ ...row, bucket, parent: slash === -1 ? '' : row.path.slice(0, slash), folded })
  }
  return {
    get: (bucket: string, key: string) => statements.get.get(bucket, key),
    put,
    remove: (bucket: string, key: string) => void statements.remove.run(bucket, key),
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
    steps: [(made) => made.exec(SCHEMA)],
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
