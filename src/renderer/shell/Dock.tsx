import { type DockviewApi, DockviewReact, type DockviewReadyEvent, type IDockviewPanelProps } from 'dockview-react'
import { startTransition, useEffect, useMemo, useRef, useState } from 'react'
import type { Clients } from '../../engines/contract.ts'
import { useClients } from '../lib/clients.tsx'
import { notify } from '../lib/notify.ts'
import { memory } from '../lib/useRemembered.ts'
import {
  type OpenOptions,
  setViewHost,
  useDirtyViews,
  useFront,
  ViewContext,
  type ViewParams,
  type ViewType,
  viewId,
} from '../lib/view.tsx'
import { EmptyState, Loading } from '../ui/index.ts'
import { CloseQuestion } from './CloseQuestion.tsx'
import { CrashGuard } from './CrashGuard.tsx'
import 'dockview-react/dist/styles/dockview.css'
import './dock.css'
import { DockTab } from './DockTab.tsx'
import { dock, useDock } from './dockState.ts'
import { features } from './features.ts'
import { findView, loadFeature } from './loaded.ts'
import { Watermark } from './Watermark.tsx'

interface PanelParams {
  type: string
  params: ViewParams
}

const LAYOUT_KEY = 'shell.layout'
const components = { view: ViewPanel }

/** Tabs and splits. Its layout is remembered with the workspace. */
export function Dock() {
  const clients = useClients()
  const [ready, setReady] = useState(false)
  useEffect(() => {
    // The workspace's own layout must be here before the first tab is placed.
    void memory.fetch(LAYOUT_KEY, clients).then(() => setReady(true))
    return () => {
      setViewHost(null)
      dock.actions = null
    }
  }, [clients])
  const start = useRef<(event: DockviewReadyEvent) => void>(undefined)
  start.current = ({ api }) => void begin(api, clients)
  if (!ready) return <Loading />
  return (
    <main className="mr-dock">
      <DockviewReact
        className="mr-dockview"
        components={components}
        defaultTabComponent={DockTab}
        watermarkComponent={Watermark}
        onReady={(event) => start.current?.(event)}
        scrollbars="native"
        singleTabMode="default"
        disableFloatingGroups
      />
      <CloseQuestion />
    </main>
  )
}

async function begin(api: DockviewApi, clients: Clients): Promise<void> {
  const report = () => {
    const front = api.activePanel?.params as unknown as PanelParams | undefined
    useFront.setState(front ?? { type: null }, true)
    useDock.setState({
      tabs: api.panels.map((panel) => {
        const { type, params } = panel.params as unknown as PanelParams
        return { id: panel.id, type, params, title: panel.title ?? type }
      }),
      active: api.activePanel?.id ?? null,
    })
  }
  await restore(api)
  api.onDidLayoutChange(() => {
    report()
    memory.write(LAYOUT_KEY, api.toJSON(), clients)
  })
  api.onDidActivePanelChange(report)
  report()
  dock.actions = actionsOf(api, clients)
  setViewHost({
    open: (type, params, options) => void open(api, clients, type, params, options),
    focus: (id) => dock.actions?.focus(id),
    close: (id) => dock.actions?.close([id]),
    setTitle: (id, title) => {
      api.getPanel(id)?.api.setTitle(title)
      report()
    },
  })
  if (api.panels.length === 0) {
    const home = features.find((feature) => feature.id === 'home')
    const loaded = home && (await loadFeature(home, clients))
    if (loaded?.home) await open(api, clients, loaded.home, {}, {})
  }
}

/** Puts back what was open; a layout that does not fit this version is left behind rather than half restored. */
async function restore(api: DockviewApi): Promise<void> {
  const saved = memory.read(LAYOUT_KEY) as Parameters<DockviewApi['fromJSON']>[0] | undefined
  try {
    if (!saved?.panels) return
    const known = Object.values(saved.panels).every(({ params }) => {
      const type = (params as { type?: unknown } | undefined)?.type
      return typeof type === 'string' && features.some((feature) => type.startsWith(`${feature.id}.`))
    })
    if (known) api.fromJSON(saved)
  } catch {
    api.clear()
    notify({
      tone: 'warn',
      title: 'The window’s layout could not be read',
      message: 'It was damaged, so the window starts with Home. Documents are not part of it.',
    })
  }
}

async function open(api: DockviewApi, clients: Clients, type: string, params: ViewParams, options: OpenOptions) {
  const view = await findView(type, clients)
  if (!view) return
  const id = view.id?.(params) ?? viewId(type, params)
  const existing = api.getPanel(id)
  if (existing) {
    if (JSON.stringify((existing.params as unknown as PanelParams).params) !== JSON.stringify(params))
      existing.api.updateParameters({ type, params })
    if (options.activate !== false) existing.api.setActive()
    return
  }
  const beside = api.activePanel
  const direction = options.side === 'below' || options.side === 'above' ? options.side : options.side
  api.addPanel<PanelParams>({
    id,
    component: 'view',
    title: view.title(params),
    params: { type, params },
    inactive: options.activate === false,
    ...(direction && beside && { position: { referencePanel: beside.id, direction } }),
  })
}

function actionsOf(api: DockviewApi, clients: Clients) {
  const focus = (id: string) => api.getPanel(id)?.api.setActive()
  return {
    focus,
    close: (ids: readonly string[]) => {
      const { dirty } = useDirtyViews.getState()
      const unsaved = ids.filter((id) => dirty[id])
      for (const id of ids) if (!dirty[id]) api.getPanel(id)?.api.close()
      if (unsaved.length > 0) useDock.setState({ closing: unsaved })
    },
    split: async (id: string, side: 'right' | 'below') => {
      const panel = api.getPanel(id)
      if (!panel) return
      if (panel.group.panels.length > 1) {
        const focused = document.activeElement
        panel.api.moveTo({ group: panel.group, position: side === 'right' ? 'right' : 'bottom' })
        // What is moved within a page loses the focus.
        if (focused instanceof HTMLElement) focused.focus()
        return
      }
      const { type } = panel.params as unknown as PanelParams
      const beside = (await findView(type, clients))?.beside?.(id)
      if (beside) await open(api, clients, type, beside, { side })
    },
    otherSide: () => api.moveToNext({ includePanel: false }),
    maximize: () => {
      const panel = api.activePanel
      if (panel?.api.isMaximized()) panel.api.exitMaximized()
      else panel?.api.maximize()
    },
    step: (by: 1 | -1) => {
      const { panels, activePanel } = api
      if (!activePanel || panels.length < 2) return
      focus(panels[(panels.indexOf(activePanel) + by + panels.length) % panels.length].id)
    },
    reset: () => api.clear(),
  }
}

/** A tab's content: its view, found by type, kept apart from the rest of the window. */
function ViewPanel({ params: { type, params }, api }: IDockviewPanelProps<PanelParams>) {
  const clients = useClients()
  const [view, setView] = useState<ViewType | null | undefined>(undefined)
  const active = useDock((state) => state.active === api.id)
  useEffect(() => {
    // A whole screen is drawn in slices, so that nothing else of the window waits for it.
    void findView(type, clients).then((found) => startTransition(() => setView(found ?? null)))
  }, [type, clients])
  const [visible, setVisible] = useState(api.isVisible)
  useEffect(() => {
    setVisible(api.isVisible)
    const listening = api.onDidVisibilityChange((event) => setVisible(event.isVisible))
    return () => listening.dispose()
  }, [api])
  const place = useMemo(() => ({ id: api.id, active, visible }), [api.id, active, visible])
  if (view === undefined) return <Loading />
  if (view === null)
    return <EmptyState title="This kind of tab is not known any more.">Close it, or update Millrace.</EmptyState>
  return (
    <ViewContext value={place}>
      <CrashGuard what={view.title(params)}>
        <view.Component params={params} />
      </CrashGuard>
    </ViewContext>
  )
}
