import {
  BookOpen,
  Boxes,
  CalendarClock,
  ChartNoAxesCombined,
  HardDrive,
  House,
  ListChecks,
  type LucideIcon,
  Route,
  Server,
  Settings,
  Split,
  SquareFunction,
  SquareTerminal,
  Waves,
  Workflow,
} from 'lucide-react'
import type { Feature } from '../lib/feature.ts'

/** A place in the activity bar. The rest of a feature is in its folder and comes as a chunk of its own. */
export interface FeatureEntry {
  readonly id: string
  readonly title: string
  readonly icon: LucideIcon
  readonly load: () => Promise<{ feature: Feature }>
}

/** Every feature, in the order of the activity bar. A new one costs a folder and a line here. */
const entries = {
  home: { title: 'Home', icon: House },
  builder: { title: 'Pipelines', icon: Workflow },
  streams: { title: 'Streams', icon: Waves },
  functions: { title: 'Functions', icon: SquareFunction },
  events: { title: 'Events', icon: CalendarClock },
  sql: { title: 'SQL', icon: SquareTerminal },
  dashboards: { title: 'Dashboards', icon: ChartNoAxesCombined },
  states: { title: 'State machines', icon: Route },
  jobs: { title: 'Jobs', icon: Boxes },
  mapreduce: { title: 'MapReduce', icon: Split },
  emr: { title: 'EMR', icon: Server },
  hdfs: { title: 'HDFS', icon: HardDrive },
  batch: { title: 'Batch', icon: ListChecks },
  catalog: { title: 'Catalog', icon: BookOpen },
  settings: { title: 'Settings', icon: Settings },
} satisfies Record<string, { title: string; icon: LucideIcon }>

const modules: Partial<Record<string, FeatureEntry['load']>> = import.meta.glob<{ feature: Feature }>(
  '../features/*/index.tsx',
)

export const features: readonly FeatureEntry[] = Object.entries(entries).flatMap(([id, entry]) => {
  const load = modules[`../features/${id}/index.tsx`]
  return load ? [{ id, ...entry, load }] : []
})
