import { Check } from 'lucide-react'
import type { Clients } from '../../../engines/contract.ts'
import type { DocumentEntry } from '../../../engines/workspace/contract.ts'
import {
  folderOf,
  notifyError,
  openDocument,
  openPanel,
  openView,
  useClients,
  useFeed,
  useRemembered,
} from '../../lib/index.ts'
import { Button } from '../../ui/index.ts'
import { isGoing } from './going.ts'
import styles from './Home.module.css'

interface Facts {
  readonly documents: readonly DocumentEntry[]
  readonly streams: readonly string[]
  /** Pipelines that run now. */
  readonly running: readonly string[]
}

interface Step {
  readonly id: string
  readonly title: string
  readonly text: string
  readonly action: string
  /** Does the step in the real program. Null where what it needs is not there yet. */
  readonly run: (facts: Facts, clients: Clients) => (() => unknown) | null
}

const first = (facts: Facts, folder: string) =>
  facts.documents.filter((entry) => folderOf(entry.path) === folder).at(-1)

const STEPS: readonly Step[] = [
  {
    id: 'pipeline',
    title: 'Open the pipeline',
    text: 'Real flights, replayed into a stream, delivered to a lake, queried, loaded and drawn.',
    action: 'Open',
    run: (facts) => {
      const entry = first(facts, 'pipelines')
      return entry ? () => openDocument(entry.path) : null
    },
  },
  {
    id: 'run',
    title: 'Run it',
    text: 'Every wire shows its rows and its rate; click one to see the rows themselves.',
    action: 'Run',
    run: (facts, clients) => {
      const entry = first(facts, 'pipelines')
      return entry
        ? () => {
            openDocument(entry.path)
            openPanel('runs')
            if (!facts.running.includes(entry.path)) return clients.pipeline.start({ path: entry.path })
          }
        : null
    },
  },
  {
    id: 'stream',
    title: 'Look into the stream',
    text: 'Shards as lanes through time, hot keys, throttles, and how far each consumer is.',
    action: 'Watch',
    run: ({ streams }) => (streams[0] ? () => openView('streams.monitor', { stream: streams[0] }) : null),
  },
  {
    id: 'query',
    title: 'Ask the lake',
    text: 'SQL over the files in place, with bytes and price before and after.',
    action: 'Query',
    run: (facts) => {
      const entry = first(facts, 'queries')
      return () => (entry ? openDocument(entry.path) : openView('sql.editor', { path: '' }))
    },
  },
  {
    id: 'dashboard',
    title: 'See the dashboard',
    text: 'Visuals that refresh while data flows. Click a bar to filter the others.',
    action: 'Open',
    run: (facts) => {
      const entry = first(facts, 'dashboards')
      return entry ? () => openDocument(entry.path) : null
    },
  },
  {
    id: 'aws',
    title: 'Call it as AWS',
    text: 'The same streams, buckets and tables answer the AWS SDKs and the AWS CLI.',
    action: 'Show how',
    run: () => () => openView('settings.main', { page: 'aws' }),
  },
]

/** What the tour leads through. */
const SAMPLE = 'pipelines/flights.json'

/**
 * Five minutes through the real program, where its sample is there. A step is ticked when a person took it here: runs and queries tell
 * nothing, since the program starts the sample by itself and pipelines ask queries.
 */
export function Tour({ documents }: { documents: readonly DocumentEntry[] }) {
  const clients = useClients()
  const [done, setDone] = useRemembered<Record<string, boolean>>('home.tour', {})
  const [hidden, setHidden] = useRemembered('home.tourHidden', false)
  const streams = useFeed((c, signal) => c.stream.watchStreams({}, { signal }), [])
  const runs = useFeed((c, signal) => c.pipeline.watchRuns({}, { signal }), [])
  const facts: Facts = {
    documents,
    streams: (streams.data ?? []).map((stream) => stream.name),
    running: (runs.data ?? []).filter(isGoing).map((run) => run.pipeline),
  }
  const isDone = (id: string) => done[id] ?? false
  const count = STEPS.filter((step) => isDone(step.id)).length
  const next = STEPS.find((step) => !isDone(step.id))
  if (!documents.some(({ path }) => path === SAMPLE)) return null
  if (hidden)
    return (
      <Button size="s" variant="ghost" onClick={() => setHidden(false)}>
        Show the five-minute tour
      </Button>
    )
  return (
    <section className={styles.card} aria-labelledby="home-tour">
      <div className={styles.cardBar}>
        <h2 id="home-tour">Five-minute tour</h2>
        <span className={styles.quiet}>
          {count} of {STEPS.length}
        </span>
        <Button size="s" variant="ghost" onClick={() => setHidden(true)}>
          Hide
        </Button>
      </div>
      <ol className={styles.tour}>
        {STEPS.map((step, index) => {
          const work = step.run(facts, clients)
          const start = async () => {
            try {
              await work?.()
              setDone((before) => ({ ...before, [step.id]: true }))
            } catch (error) {
              notifyError(`“${step.title}” did not work`, error)
            }
          }
          return (
            <li key={step.id} className={styles.step}>
              <span className={styles.stepMark} data-done={isDone(step.id) || undefined}>
                {isDone(step.id) ? <Check size={12} strokeWidth={3} aria-label="Done" /> : index + 1}
              </span>
              <div className={styles.stepText}>
                <strong>{step.title}</strong>
                <p>{step.text}</p>
              </div>
              <Button
                size="s"
                variant={step === next ? 'primary' : 'default'}
                disabled={!work}
                title={work ? undefined : 'What this step shows is not there yet: do the steps before it first.'}
                onClick={() => void start()}
              >
                {step.action}
              </Button>
            </li>
          )
        })}
      </ol>
    </section>
  )
}
