import { type KeyboardEvent, useRef } from 'react'
import { useClients } from '../lib/clients.tsx'
import { openView } from '../lib/view.tsx'
import { cx, Tooltip } from '../ui/index.ts'
import styles from './ActivityBar.module.css'
import { useDock } from './dockState.ts'
import { type FeatureEntry, features } from './features.ts'
import { loadFeature } from './loaded.ts'
import { DEFAULT_PANES, type PaneSizes } from './panes.ts'

/** Chooses the explorer. A second click on the chosen one folds it away. */
export function ActivityBar({
  activity,
  onActivity,
  panes,
  onPanes,
}: {
  /** None until the workspace says which was chosen last. */
  activity: string | undefined
  onActivity: (id: string) => void
  panes: PaneSizes
  onPanes: (change: (before: PaneSizes) => PaneSizes) => void
}) {
  const clients = useClients()
  const list = useRef<HTMLDivElement>(null)
  const choose = async (entry: FeatureEntry) => {
    const again = entry.id === activity
    onActivity(entry.id)
    const feature = await loadFeature(entry, clients)
    const open = useDock.getState().tabs.some((tab) => tab.type.startsWith(`${entry.id}.`))
    if (feature?.home && (!open || !feature.Explorer)) openView(feature.home)
    if (!feature?.Explorer) return
    if (again) onPanes((before) => ({ ...before, explorer: before.explorer > 0 ? 0 : DEFAULT_PANES.explorer }))
    else if (panes.explorer === 0) onPanes((before) => ({ ...before, explorer: DEFAULT_PANES.explorer }))
  }
  const key = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!step) return
    event.preventDefault()
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])]
    buttons[buttons.indexOf(document.activeElement as HTMLButtonElement) + step]?.focus()
  }
  const button = (entry: FeatureEntry) => (
    <Tooltip key={entry.id} label={entry.title} side="right" shortcut={shortcutFor(entry)}>
      <button
        type="button"
        aria-label={entry.title}
        aria-current={entry.id === activity ? 'true' : undefined}
        className={cx(styles.button, entry.id === activity && styles.chosen)}
        onClick={() => void choose(entry)}
      >
        <entry.icon size={20} strokeWidth={1.75} />
      </button>
    </Tooltip>
  )
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows move between the buttons, which are interactive themselves
    <div ref={list} className={styles.bar} onKeyDown={key}>
      <nav aria-label="Activities" className={styles.group}>
        {features.filter((entry) => entry.id !== 'settings').map(button)}
      </nav>
      <div className={styles.group}>{features.filter((entry) => entry.id === 'settings').map(button)}</div>
    </div>
  )
}

export function shortcutFor(entry: FeatureEntry): string | undefined {
  if (entry.id === 'settings') return 'Mod+,'
  const place = features.indexOf(entry)
  return place < 9 ? `Alt+${place + 1}` : undefined
}
