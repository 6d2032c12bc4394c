import { ChevronDown, Maximize2, Minimize2 } from 'lucide-react'
import { type ComponentType, useEffect, useMemo } from 'react'
import { shortcutOf } from '../lib/commands.ts'
import { useBottomPanel } from '../lib/panel.ts'
import { useProblemRegistry } from '../lib/problems.ts'
import { useRemembered } from '../lib/useRemembered.ts'
import { IconButton, Tabs } from '../ui/index.ts'
import { CrashGuard } from './CrashGuard.tsx'
import { useLoaded } from './loaded.ts'
import { LogsPanel } from './panels/LogsPanel.tsx'
import { MetricsPanel } from './panels/MetricsPanel.tsx'
import { ProblemsPanel } from './panels/ProblemsPanel.tsx'
import { RunsPanel } from './panels/RunsPanel.tsx'
import { type ChangePanes, DEFAULT_PANES, type PaneSizes } from './panes.ts'
import styles from './Shell.module.css'

const OWN: Record<string, { title: string; Component: ComponentType }> = {
  runs: { title: 'Runs', Component: RunsPanel },
  problems: { title: 'Problems', Component: ProblemsPanel },
  logs: { title: 'Logs', Component: LogsPanel },
  metrics: { title: 'Metrics', Component: MetricsPanel },
}
const TALL = 520

/** Runs, Problems, Logs, Metrics, and what features add. */
export function BottomPanel({ panes, onPanes }: { panes: PaneSizes; onPanes: ChangePanes }) {
  const loaded = useLoaded((state) => state.byId)
  const { wanted, request } = useBottomPanel()
  const [tab, setTab] = useRemembered('shell.panel', 'runs')
  const problems = useProblemRegistry((state) => Object.values(state.byOwner).reduce((n, list) => n + list.length, 0))
  const panels = useMemo(() => {
    const added = Object.values(loaded).flatMap((feature) => feature.panels ?? [])
    return { ...OWN, ...Object.fromEntries(added.map((panel) => [panel.id, panel])) }
  }, [loaded])
  // biome-ignore lint/correctness/useExhaustiveDependencies: each request is a new wish, also for the same tab
  useEffect(() => {
    if (!wanted) return
    setTab(wanted)
    onPanes((before) => (before.bottom > 0 ? before : { ...before, bottom: DEFAULT_PANES.bottom }))
  }, [request])
  const chosen = panels[tab] ? tab : 'runs'
  const { Component, title } = panels[chosen]
  const tall = panes.bottom >= TALL
  return (
    <section className={styles.explorer} aria-label="Panel">
      <Tabs
        size="s"
        label="Panels"
        tabs={Object.entries(panels).map(([id, panel]) => ({
          id,
          title: panel.title,
          ...(id === 'problems' && problems > 0 && { badge: problems }),
        }))}
        value={chosen}
        onChange={setTab}
        actions={
          <>
            <IconButton
              size="s"
              icon={tall ? <Minimize2 size={13} /> : <Maximize2 size={13} />}
              label={tall ? 'Smaller panel' : 'Larger panel'}
              onClick={() => onPanes((before) => ({ ...before, bottom: tall ? DEFAULT_PANES.bottom : TALL }))}
            />
            <IconButton
              size="s"
              icon={<ChevronDown size={15} />}
              label="Hide panel"
              shortcut={shortcutOf('shell.toggleBottom')}
              onClick={() => onPanes((before) => ({ ...before, bottom: 0 }))}
            />
          </>
        }
      >
        <CrashGuard key={chosen} what={`The ${title} panel`}>
          <Component />
        </CrashGuard>
      </Tabs>
    </section>
  )
}
