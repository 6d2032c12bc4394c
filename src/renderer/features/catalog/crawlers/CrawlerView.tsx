import { Pencil, Play, Square } from 'lucide-react'
import { useState } from 'react'
import type { Crawl, Crawler } from '../../../../engines/catalog/contract.ts'
import {
  formatDuration,
  formatNumber,
  formatTime,
  Inspector,
  notifyError,
  plural,
  timeColumn,
  tookColumn,
  useAction,
  useCall,
  useNow,
  type ViewProps,
} from '../../../lib/index.ts'
import {
  Button,
  CopyButton,
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorView,
  Loading,
  Page,
  Progress,
  PropertyList,
  Section,
  StateDot,
  Tabs,
} from '../../../ui/index.ts'
import styles from '../catalog.module.css'
import { openTable } from '../open.ts'
import { askCrawler } from './dialog.ts'
import { formOf } from './form.ts'
import { useCrawlers } from './useCrawlers.ts'
import { changesOf, crawlerState, crawlState } from './words.ts'

const CRAWLS: readonly DataColumn<Crawl>[] = [
  {
    id: 'state',
    title: 'State',
    width: 150,
    value: (row) => crawlState(row).text,
    render: (_, row) => <StateDot {...crawlState(row)} />,
  },
  timeColumn('started', 'Started', ({ startedMs }) => startedMs),
  tookColumn(({ startedMs, endedMs }) => (endedMs === undefined ? null : endedMs - startedMs)),
  { id: 'files', title: 'Files read', kind: 'number', width: 90, value: (row) => row.filesRead },
  { id: 'problems', title: 'Problems', kind: 'number', width: 90, value: (row) => row.problemCount },
  { id: 'changes', title: 'Changes', width: 420, value: (row) => row.message ?? changesOf(row) },
]

const PROBLEMS: readonly DataColumn<{ uri: string; message: string }>[] = [
  { id: 'uri', title: 'File or folder', mono: true, width: 420, value: (row) => row.uri },
  { id: 'message', title: 'What is wrong', width: 620, value: (row) => row.message },
]

const CHANGES: readonly DataColumn<{ table: string; change: string }>[] = [
  { id: 'change', title: 'Change', width: 120, value: (row) => row.change },
  { id: 'table', title: 'Table', mono: true, width: 420, value: (row) => row.table },
]

/** A crawler: its runs, what the chosen one changed, and what it could not take in. */
export function CrawlerView({ params }: ViewProps<{ crawler: string }>) {
  const name = params.crawler
  const crawlers = useCrawlers()
  const crawler = crawlers.data?.find((candidate) => candidate.name === name)
  const last = crawler?.lastCrawl
  const crawls = useCall(
    (clients, signal) => (crawler ? clients.catalog.listCrawls({ crawler: name }, { signal }) : null),
    [name, crawler !== undefined, last?.crawlId, last?.state],
  )
  const [part, setPart] = useState<'runs' | 'changes' | 'problems'>('runs')
  const [chosen, setChosen] = useState<string | null>(null)
  const start = useAction((clients, signal) => clients.catalog.startCrawler({ crawler: name }, { signal }), {
    onDone: () => setChosen(null),
    onError: (error) => notifyError('The crawler was not started', error),
  })
  const stop = useAction((clients, signal) => clients.catalog.stopCrawler({ crawler: name }, { signal }), {
    onError: (error) => notifyError('The crawler was not stopped', error),
  })
  if (crawlers.error && !crawlers.data)
    return <ErrorView title={`The crawler ${name} cannot be shown`} error={crawlers.error} />
  if (!crawlers.data) return <Loading />
  if (!crawler) return <EmptyState title={`${name} is not there`}>The crawler was deleted.</EmptyState>
  const rows = crawls.data ?? []
  const crawl = rows.find(({ crawlId }) => crawlId === chosen) ?? last
  const busy = crawler.state !== 'READY'
  const changes = crawl ? changedTables(crawl) : []
  return (
    <Page
      path={[{ title: 'Catalog' }, { title: 'Crawlers' }, { title: name }]}
      scroll={false}
      actions={
        <>
          <Button size="s" icon={<Pencil size={13} />} disabled={busy} onClick={() => askCrawler(crawler)}>
            Edit…
          </Button>
          {busy ? (
            <Button
              size="s"
              icon={<Square size={13} />}
              pending={crawler.state === 'STOPPING'}
              onClick={() => void stop.run()}
            >
              Stop
            </Button>
          ) : (
            <Button
              size="s"
              variant="primary"
              icon={<Play size={13} />}
              pending={start.pending}
              onClick={() => void start.run()}
            >
              Run
            </Button>
          )}
        </>
      }
    >
      <div className={styles.column}>
        {busy && <Running crawler={crawler} onCancel={() => void stop.run()} />}
        <div className={styles.fill}>
          <Tabs
            label="Crawler"
            size="s"
            value={part}
            onChange={setPart}
            tabs={[
              { id: 'runs', title: 'Runs', badge: rows.length },
              { id: 'changes', title: 'Changes', badge: changes.length },
              { id: 'problems', title: 'Problems', badge: crawl?.problemCount ?? 0 },
            ]}
          >
            {part === 'runs' && (
              <DataTable
                label={`Runs of ${name}`}
                rows={rows}
                rowKey={(row) => row.crawlId}
                columns={CRAWLS}
                selected={crawl?.crawlId ?? null}
                onSelect={(row) => setChosen(row.crawlId)}
                onOpen={(row) => {
                  setChosen(row.crawlId)
                  setPart(row.problemCount > 0 ? 'problems' : 'changes')
                }}
                empty="This crawler has not run yet."
              />
            )}
            {part === 'changes' && (
              <DataTable
                label={`What ${name} changed`}
                rows={changes}
                rowKey={(row) => row.table}
                columns={CHANGES}
                onOpen={(row) => openTable('athena', crawler.database.toLowerCase(), row.table)}
                empty="This run changed no table."
              />
            )}
            {part === 'problems' && (
              <DataTable
                label={`Problems of ${name}`}
                rows={crawl?.problems ?? []}
                rowKey={(row, index) => `${row.uri} ${index}`}
                columns={PROBLEMS}
                empty="Every file was taken in."
              />
            )}
          </Tabs>
        </div>
      </div>
      <Inspector>
        <Facts crawler={crawler} crawl={crawl} />
      </Inspector>
    </Page>
  )
}

const changedTables = ({ tables }: Crawl) => [
  ...tables.created.map((table) => ({ table, change: 'created' })),
  ...tables.updated.map((table) => ({ table, change: 'updated' })),
  ...tables.deleted.map((table) => ({ table, change: 'deleted' })),
]

function Running({ crawler, onCancel }: { crawler: Crawler; onCancel: () => void }) {
  const { progress } = crawler
  const label = progress
    ? `Reading ${formatNumber(progress.done)} of ${plural(progress.of, 'file')}`
    : 'Listing the files'
  return (
    <div className={styles.running}>
      <Progress value={progress ? progress.done / Math.max(1, progress.of) : null} label={label} onCancel={onCancel} />
    </div>
  )
}

function Facts({ crawler, crawl }: { crawler: Crawler; crawl: Crawl | undefined }) {
  const now = useNow()
  const { targets, database, tablePrefix, schedule, nextMs, scheduleState, recrawl } = crawler
  const mono = (text: string) => (
    <span key={text} className={styles.mono}>
      {text}
    </span>
  )
  const form = formOf(crawler)
  const exclusions = targets.flatMap((target) => target.exclusions)
  return (
    <>
      <Section title="Crawler">
        <PropertyList
          items={[
            ['State', <StateDot key="state" {...crawlerState(crawler)} />],
            ['Paths', <div key="paths">{targets.map(({ path }) => mono(path))}</div>],
            exclusions.length > 0 && ['Exclusions', mono([...new Set(exclusions)].join(', '))],
            ['Database', database],
            tablePrefix !== '' && ['Prefix', tablePrefix],
            crawler.classifiers.length > 0 && ['Classifiers', crawler.classifiers.join(', ')],
            ['Schedule', schedule === undefined ? 'on demand' : mono(schedule)],
            schedule !== undefined &&
              scheduleState === 'SCHEDULED' &&
              nextMs !== undefined && ['Next run', `${formatTime(nextMs)} (in ${formatDuration(nextMs - now)})`],
            ['Reads', recrawl === 'CRAWL_EVERYTHING' ? 'all folders' : 'new folders only'],
            ['Tables', form.grouping === 'combine' ? 'of files that fit together' : 'of files that are alike'],
            form.level !== null && ['Table level', String(form.level)],
            form.newColumns === 'merge' && ['Columns', 'kept, and new ones added'],
            form.indexed && ['Partitions', 'indexed'],
            ['Schema changes', crawler.updateBehavior === 'LOG' ? 'reported' : 'update the table'],
            ['Files gone', GONE[crawler.deleteBehavior]],
          ]}
        />
      </Section>
      {crawl && crawl.state !== 'RUNNING' && (
        <Section title="Chosen run">
          <PropertyList
            items={[
              ['State', <StateDot key="state" {...crawlState(crawl)} />],
              crawl.message !== undefined && ['Why', crawl.message],
              ['Changes', changesOf(crawl)],
              ['Files read', formatNumber(crawl.filesRead)],
            ]}
          />
        </Section>
      )}
      <Section title="From AWS clients" open={false}>
        <div className={styles.actions}>
          <CopyButton text={`aws glue start-crawler --name ${crawler.name}`} label="CLI" />
          <CopyButton
            text={`new GlueClient({ endpoint: process.env.AWS_ENDPOINT_URL })\n  .send(new StartCrawlerCommand({ Name: '${crawler.name}' }))`}
            label="SDK"
          />
        </div>
      </Section>
    </>
  )
}

const GONE: Readonly<Record<Crawler['deleteBehavior'], string>> = {
  DEPRECATE_IN_DATABASE: 'mark the table as deprecated',
  DELETE_FROM_DATABASE: 'delete it from the catalog',
  LOG: 'reported',
}
