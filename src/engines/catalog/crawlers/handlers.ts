import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Clients } from '../../contract.ts'
import type { EngineContext } from '../../kit/node/engine.ts'
import type { EngineEvent } from '../../kit/node/event-announcements.ts'
import { writeFileAtomic } from '../../kit/node/files.ts'
import { Broadcast } from '../../kit/pure/broadcast.ts'
import type { Timer } from '../../kit/pure/clock.ts'
import { parseCron } from '../../kit/pure/cron.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { uuid } from '../../kit/pure/ids.ts'
import type { Crawl, Crawler, CrawlerInput } from '../contract.ts'
import type { CatalogParts, HandlersOf } from '../handlers.ts'
import { alreadyExists, glueName, invalid, notFound } from '../model.ts'
import { crawlerEvent } from './bus-event.ts'
import { parseConfiguration } from './configuration.ts'
import { crawl } from './crawl.ts'
import { globExpression } from './glob.ts'
import { CrawlerStore, type StoredCrawler } from './store.ts'

interface Run {
  readonly stop: AbortController
  readonly ended: Promise<void>
  progress?: { done: number; of: number }
}

/** Files between two announcements of a crawl's progress. */
const ANNOUNCED_FILES = 20

type Verbs =
  | 'listCrawlers'
  | 'getCrawler'
  | 'createCrawler'
  | 'updateCrawler'
  | 'deleteCrawler'
  | 'startCrawler'
  | 'stopCrawler'
  | 'setCrawlerSchedule'
  | 'listCrawls'
  | 'watchCrawlers'

const timetable = (schedule: string) => parseCron(schedule, { refuse: invalid })

/** Crawlers, their runs and their schedules on the engine's clock. */
export function crawlerHandlers(
  parts: CatalogParts,
  context: Pick<EngineContext<Pick<Clients, 'lake'>>, 'clients' | 'log' | 'directory'>,
  announce: (event: EngineEvent, keep: () => void) => void,
): { handlers: HandlersOf<Verbs>; isBusy(): boolean; stop(): Promise<void> } {
  const { clock } = parts
  const store = new CrawlerStore(parts.store.db)
  const changes = new Broadcast<{ crawler: string }>(({ crawler }) => crawler)
  const runs = new Map<string, Run>()
  const timers = new Map<string, Timer>()

  for (const { crawler, crawl: cut } of store.cutOff()) {
    const message = 'Millrace ended before the crawl did. Nothing of it was taken into the catalog.'
    const failed: Crawl = { ...cut, state: 'FAILED', endedMs: clock.now(), message }
    announce(crawlerEvent(crawler, failed), () => store.putCrawl(crawler, failed))
  }
  for (const crawler of store.all()) arm(crawler)
  markSchedules()

  function named(name: string): StoredCrawler {
    const found = store.get(name)
    if (!found) throw notFound(`Crawler ${name} not found.`)
    return found
  }

  function shown({ scheduled, ...crawler }: StoredCrawler): Crawler {
    const run = runs.get(crawler.name)
    const [lastCrawl] = store.crawls(crawler.name, 1)
    const nextMs = scheduled ? timetable(crawler.schedule!).next(clock.now()) : undefined
    return {
      ...crawler,
      state: run ? (run.stop.signal.aborted ? 'STOPPING' : 'RUNNING') : 'READY',
      scheduleState: scheduled ? 'SCHEDULED' : 'NOT_SCHEDULED',
      ...(nextMs !== undefined && { nextMs }),
      ...(run?.progress && { progress: run.progress }),
      ...(lastCrawl && { lastCrawl }),
    }
  }

  /** A file beside the catalog says that there are schedules: the program opens the catalog at its start where it is there. */
  function markSchedules(): void {
    const mark = join(context.directory, 'schedules')
    const wanted = store.all().some(({ scheduled }) => scheduled)
    if (wanted && !existsSync(mark)) writeFileAtomic(mark, '')
    if (!wanted) rmSync(mark, { force: true })
  }

  function keep(crawler: StoredCrawler): void {
    store.put(crawler)
    arm(crawler)
    markSchedules()
    changes.announce({ crawler: crawler.name })
  }

  /** Sets the timer of a crawler's schedule, in place of the one before. */
  function arm({ name, schedule, scheduled }: StoredCrawler): void {
    timers.get(name)?.cancel()
    timers.delete(name)
    const nextMs = scheduled ? timetable(schedule!).next(clock.now()) : undefined
    if (nextMs === undefined) return
    const due = async () => {
      const crawler = store.get(name)
      if (!crawler) return
      arm(crawler)
      if (!runs.has(name)) await start(crawler).ended
    }
    timers.set(name, clock.at(nextMs, due))
  }

  function start(crawler: StoredCrawler): { crawlId: string; ended: Promise<void> } {
    const begun: Crawl = {
      crawlId: uuid(parts.random),
      state: 'RUNNING',
      startedMs: clock.now(),
      tables: { created: [], updated: [], deleted: [] },
      partitions: { created: 0, updated: 0, deleted: 0 },
      filesRead: 0,
      problemCount: 0,
      problems: [],
    }
    announce(crawlerEvent(crawler.name, begun), () => store.putCrawl(crawler.name, begun))
    const stop = new AbortController()
    const run: Run = { stop, ended: Promise.resolve().then(() => work(crawler, begun, stop.signal)) }
    runs.set(crawler.name, run)
    changes.announce({ crawler: crawler.name })
    return { crawlId: begun.crawlId, ended: run.ended }
  }

  /** Time stands still while a crawl works, as for all work that is due. */
  async function work(crawler: StoredCrawler, begun: Crawl, signal: AbortSignal): Promise<void> {
    const release = clock.hold()
    const { name } = crawler
    try {
      const report = await crawl(parts, store, shown(crawler), begun, {
        clients: context.clients,
        signal,
        keep: (report) => announce(crawlerEvent(name, report), () => store.putCrawl(name, report)),
        onProgress(done, of) {
          const run = runs.get(name)
          if (run) run.progress = { done, of }
          if (done % ANNOUNCED_FILES === 0) changes.announce({ crawler: name })
        },
      })
      const { created, updated, deleted } = report.tables
      for (const table of [...created, ...updated, ...deleted])
        parts.changes.announce({ database: crawler.database.toLowerCase(), table })
      if (report.partitions.created + report.partitions.deleted + report.partitions.updated > 0)
        parts.changes.announce({ database: crawler.database.toLowerCase() })
    } catch (thrown) {
      const error = EngineError.from(thrown)
      const ended = { ...begun, endedMs: clock.now() }
      const how: Crawl = signal.aborted
        ? { ...ended, state: 'STOPPED' }
        : { ...ended, state: 'FAILED', message: error.message }
      announce(crawlerEvent(name, how), () => store.putCrawl(name, how))
      if (!signal.aborted && error.domain === 'internal') context.log.error(`the crawler ${name} failed`, thrown)
    } finally {
      runs.delete(name)
      release()
      changes.announce({ crawler: name })
    }
  }

  function check(input: CrawlerInput): void {
    glueName(input.name, 'Crawler name')
    glueName(input.database, 'Database name')
    if (input.targets.length === 0) throw invalid('A crawler needs a path to crawl.')
    for (const { path, exclusions } of input.targets) {
      if (!/^s3:\/\/[^/]+(\/.*)?$/.test(path)) throw invalid(`The path must be s3://bucket/prefix/, not "${path}".`)
      for (const glob of exclusions) globExpression(glob)
    }
    for (const name of input.classifiers)
      if (!parts.kept.get('classifier', '', name)) throw notFound(`Classifier ${name} not found.`)
    if (input.schedule !== undefined) timetable(input.schedule)
    parseConfiguration(input.configuration)
    const logs = input.updateBehavior === 'LOG' && input.deleteBehavior === 'LOG'
    if (input.recrawl === 'CRAWL_NEW_FOLDERS_ONLY' && !logs)
      throw invalid(
        'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG DeleteBehavior value and LOG UpdateBehavior value.',
      )
  }

  function requireReady(name: string): void {
    if (runs.has(name))
      throw new EngineError('CrawlerRunningException', `Crawler with name ${name} has already started`)
  }

  return {
    handlers: {
      listCrawlers: () => store.all().map(shown),
      getCrawler: ({ crawler }) => shown(named(crawler)),
      createCrawler: (input) => {
        parts.refuseAttached(input.database)
        check(input)
        if (store.get(input.name)) throw alreadyExists(`Crawler ${input.name}`)
        const nowMs = clock.now()
        const scheduled = input.schedule !== undefined
        const crawler = { ...input, version: 1, createdMs: nowMs, updatedMs: nowMs, scheduled }
        keep(crawler)
        return shown(crawler)
      },
      updateCrawler: (input) => {
        const old = named(input.name)
        requireReady(input.name)
        check(input)
        const { version, createdMs } = old
        const crawler = {
          ...input,
          version: version + 1,
          createdMs,
          updatedMs: clock.now(),
          scheduled: input.schedule !== undefined && (old.scheduled || input.schedule !== old.schedule),
        }
        keep(crawler)
        return shown(crawler)
      },
      deleteCrawler: ({ crawler }) => {
        named(crawler)
        requireReady(crawler)
        store.delete(crawler)
        timers.get(crawler)?.cancel()
        timers.delete(crawler)
        markSchedules()
        changes.announce({ crawler })
        return {}
      },
      startCrawler: ({ crawler }) => {
        const found = named(crawler)
        requireReady(crawler)
        return { crawlId: start(found).crawlId }
      },
      stopCrawler: ({ crawler }) => {
        named(crawler)
        const run = runs.get(crawler)
        if (!run) throw new EngineError('CrawlerNotRunningException', `Crawler with name ${crawler} isn't running`)
        if (run.stop.signal.aborted)
          throw new EngineError('CrawlerStoppingException', `Crawler with name ${crawler} is stopping`)
        run.stop.abort(new EngineError('Cancelled', 'The crawl was stopped.'))
        changes.announce({ crawler })
        return {}
      },
      setCrawlerSchedule: ({ crawler, on }) => {
        const found = named(crawler)
        if (found.schedule === undefined)
          throw new EngineError('NoScheduleException', `Crawler ${crawler} has no schedule.`)
        if (found.scheduled === on)
          throw new EngineError(
            on ? 'SchedulerRunningException' : 'SchedulerNotRunningException',
            `The schedule of crawler ${crawler} is ${on ? 'on' : 'off'} already.`,
          )
        keep({ ...found, scheduled: on })
        return {}
      },
      listCrawls: ({ crawler }) => store.crawls(named(crawler).name),
      watchCrawlers: (_input, { signal }) => changes.watch(signal),
    },
    isBusy: () => runs.size > 0,
    async stop() {
      for (const timer of timers.values()) timer.cancel()
      const running = [...runs.values()]
      for (const { stop } of running) stop.abort(new EngineError('Cancelled', 'Millrace was stopped.'))
      await Promise.all(running.map(({ ended }) => ended))
    },
  }
}
