import type { Classifier } from '@aws-sdk/client-glue'
import type { Clients } from '../../contract.ts'
import { withinMs } from '../../kit/node/time-limit.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Crawl, Crawler } from '../contract.ts'
import type { CatalogParts } from '../handlers.ts'
import { Taking } from './apply.ts'
import { type Custom, classify, customClassifier } from './classifiers.ts'
import { parseConfiguration } from './configuration.ts'
import { globExpression } from './glob.ts'
import { type CrawledFile, type FoundTable, type Problem, tablesOf } from './group.ts'
import type { CrawlerStore } from './store.ts'

/** Files that are read at once. */
const READERS = 8
/** Problems that a report names; all are counted. */
const PROBLEMS_MAX = 100

const EXCLUDING_MS = 500

interface Listed {
  readonly uri: string
  readonly path: string
  readonly folders: readonly string[]
  readonly size: number
}

interface Target {
  /** With its slash. */
  readonly root: string
  readonly files: readonly Listed[]
  readonly sampleSize: number
}

/** One run of a crawler: lists, reads and sorts files, and takes in what it found all at once. Answers the report. */
export async function crawl(
  parts: CatalogParts,
  store: CrawlerStore,
  crawler: Crawler,
  begun: Crawl,
  reach: {
    clients: Pick<Clients, 'lake'>
    signal: AbortSignal
    onProgress(done: number, of: number): void
    /** Within the transaction of what was found. */
    keep(report: Crawl): void
  },
): Promise<Crawl> {
  const { signal } = reach
  const custom = crawler.classifiers.map((name) => customOf(parts, name))
  const problems: Problem[] = []
  const before = crawler.recrawl === 'CRAWL_NEW_FOLDERS_ONLY' ? store.folders(crawler.name) : new Set<string>()
  const everything = new Set<string>()
  const targets: Target[] = []
  for (const target of crawler.targets) {
    const { root, files } = await list(target.path, target.exclusions, reach.clients)
    if (files.length === 0) problems.push({ uri: root, message: 'there are no files under it' })
    for (const file of files) everything.add(folderOf(file.uri))
    const fresh = files.filter(({ uri }) => !before.has(folderOf(uri)))
    targets.push({ root, files: fresh, sampleSize: target.sampleSize ?? Number.POSITIVE_INFINITY })
    signal.throwIfAborted()
  }
  const of = targets.reduce((sum, { files }) => sum + files.length, 0)
  let done = 0
  const step = () => reach.onProgress(++done, of)
  const tables: FoundTable[] = []
  let filesRead = 0
  const { combine, level } = parseConfiguration(crawler.configuration)
  for (const target of targets) {
    const read = await readAll(target, custom, problems, signal, step)
    filesRead += read.filter(({ found }) => found).length
    const known = new Set(before.size > 0 ? knownRoots(parts, store, crawler, target.root) : [])
    const found = tablesOf(read, { root: target.root, combine, level, known })
    tables.push(...found.tables)
    problems.push(...found.problems)
  }
  signal.throwIfAborted()
  const locations = withParents(everything)
  return parts.store.transaction(() => {
    const taking = new Taking(parts, store, crawler)
    taking.run(tables, (location) => locations.has(location))
    store.addFolders(crawler.name, everything)
    problems.push(...taking.problems)
    const report: Crawl = {
      ...begun,
      ...taking.changes,
      state: 'COMPLETED',
      endedMs: parts.clock.now(),
      filesRead,
      problemCount: problems.length,
      problems: problems.slice(0, PROBLEMS_MAX),
    }
    reach.keep(report)
    return report
  })
}

function customOf(parts: CatalogParts, name: string): Custom {
  const kept = parts.kept.get('classifier', '', name)
  if (!kept) throw new EngineError('EntityNotFoundException', `Classifier ${name} not found.`)
  return customClassifier(JSON.parse(kept.document) as Classifier)
}

const folderOf = (uri: string) => uri.slice(0, uri.lastIndexOf('/') + 1)

/** Every folder with those that it lies in. */
function withParents(folders: ReadonlySet<string>): Set<string> {
  const all = new Set<string>()
  for (let folder of folders)
    while (!all.has(folder) && folder.length > 's3://'.length) {
      all.add(folder)
      folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1)
    }
  return all
}

/** Files that are data: names that begin with `_` or `.` and empty files are none. */
async function list(
  path: string,
  exclusions: readonly string[],
  clients: Pick<Clients, 'lake'>,
): Promise<{ root: string; files: Listed[] }> {
  const root = path.endsWith('/') ? path : `${path}/`
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.*)$/.exec(root)!
  const excluded = exclusions.map(globExpression)
  const located = await clients.lake.locate({ uri: path })
  const late = `The exclude patterns ${exclusions.join(', ')} try too many ways to match a path. Write them with fewer stars.`
  const listed = ({ key, file, size }: (typeof located)[number]): Listed[] => {
    // A path without a slash also finds folders whose names only begin so; a path may also be one file's.
    const below = key.startsWith(prefix) ? key.slice(prefix.length) : undefined
    const relative = below ?? (`${key}/` === prefix ? key.slice(key.lastIndexOf('/') + 1) : undefined)
    if (relative === undefined || size === 0) return []
    const names = relative.split('/')
    if (names.some((name) => /^[_.]/.test(name)) || excluded.some((glob) => glob.test(relative))) return []
    return [{ uri: `s3://${bucket}/${key}`, path: file, folders: names.slice(0, -1), size }]
  }
  const files = withinMs(EXCLUDING_MS, late, () => located.flatMap(listed))
  const single = files.length === 1 && `${files[0].uri}/` === root
  return { root: single ? folderOf(files[0].uri) : root, files }
}

async function readAll(
  { files, sampleSize }: Target,
  custom: readonly Custom[],
  problems: Problem[],
  signal: AbortSignal,
  onDone: () => void,
): Promise<CrawledFile[]> {
  const read: CrawledFile[] = []
  const sampled = new Map<string, number>()
  let next = 0
  const reader = async () => {
    while (next < files.length) {
      signal.throwIfAborted()
      const { uri, path, folders, size } = files[next++]
      const folder = folderOf(uri)
      const count = sampled.get(folder) ?? 0
      sampled.set(folder, count + 1)
      try {
        const found = count < sampleSize ? await classify(path, size, custom) : undefined
        read.push({ uri, folders, size, ...(found && { found }) })
        if (found?.warning !== undefined) problems.push({ uri, message: found.warning })
      } catch (thrown) {
        const { code, message } = EngineError.from(thrown)
        if (code === 'OperationTimeoutException') {
          // A classifier's fault: any other file would hold it up as well.
          next = files.length
          throw new EngineError(code, `${uri}: ${message}`)
        }
        problems.push({ uri, message })
      }
      onDone()
    }
  }
  await Promise.all(Array.from({ length: READERS }, reader))
  // In the order of their names, whichever was read first.
  read.sort((a, b) => (a.uri < b.uri ? -1 : 1))
  problems.sort((a, b) => (a.uri < b.uri ? -1 : 1))
  return read
}

/** Tables of this crawler below a path, as folders from there: what new folders are partitions of. */
function knownRoots(parts: CatalogParts, store: CrawlerStore, crawler: Crawler, root: string): string[] {
  return store.tables(crawler.name).flatMap(({ database, name }) => {
    const location = parts.store.table(database, name)?.location
    return location?.startsWith(root) ? [location.slice(root.length).replace(/\/$/, '')] : []
  })
}
