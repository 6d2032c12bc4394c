import { useEffect, useRef, useState } from 'react'
import { type Connection, ConnectionProvider, useClients } from '../lib/clients.tsx'
import { listenForShortcuts } from '../lib/commands.ts'
import { loadable } from '../lib/loadable.tsx'
import { finishBeforeLeaving } from '../lib/soon.ts'
import { StatusProvider } from '../lib/status.tsx'
import { useCall } from '../lib/useCall.ts'
import { memory, useRemembered } from '../lib/useRemembered.ts'
import { useInspectorRegion } from '../lib/view.tsx'
import { Loading, SplitPane, TooltipProvider } from '../ui/index.ts'
import { ActivityBar } from './ActivityBar.tsx'
import { Banners } from './Banners.tsx'
import { BottomPanel } from './BottomPanel.tsx'
import { CrashGuard } from './CrashGuard.tsx'
import { Drops } from './Drops.tsx'
import { useDock } from './dockState.ts'
import { Explorer } from './Explorer.tsx'
import { askBeforeLeaving } from './leaving.ts'
import { loadRest, useLoaded } from './loaded.ts'
import { Notifications } from './Notifications.tsx'
import { Palette } from './Palette.tsx'
import { DEFAULT_PANES, FIRST_PANES } from './panes.ts'
import styles from './Shell.module.css'
import { StatusBar } from './StatusBar.tsx'
import { TitleBar } from './TitleBar.tsx'
import { tellOfUpdate } from './updated.ts'
import { useShellCommands } from './useShellCommands.ts'
import { WorkspaceContext } from './workspace.ts'

/** Docking is a third of the frame's code: it comes once the frame is painted, while the workspace is asked for. */
const Dock = loadable(async () => (await import('./Dock.tsx')).Dock)

export function App({ connection }: { connection: Connection }) {
  return (
    <ConnectionProvider connection={connection}>
      <TooltipProvider>
        <StatusProvider>
          <CrashGuard what="The window">
            <Shell />
          </CrashGuard>
        </StatusProvider>
      </TooltipProvider>
    </ConnectionProvider>
  )
}

/** The frame. It paints at once and takes clicks; what is remembered per workspace waits for the workspace's name. */
function Shell() {
  const info = useCall((clients, signal) => clients.workspace.describe({}, { signal }), [])
  useEffect(() => listenForShortcuts(), [])
  useEffect(tellOfUpdate, [])
  useEffect(askBeforeLeaving, [])
  useEffect(finishBeforeLeaving, [])
  useEffect(() => void Dock.load().catch(() => {}), [])
  const [early, setEarly] = useState<string>()
  const directory = info.data?.directory
  if (directory !== undefined) memory.enter(directory)
  return (
    <WorkspaceContext value={{ info: info.data, reload: info.reload }}>
      <div className={styles.shell}>
        <TitleBar />
        <Banners error={info.error} />
        {directory === undefined ? (
          <div className={styles.body}>
            <ActivityBar activity={early} onActivity={setEarly} panes={FIRST_PANES} onPanes={() => {}} />
            <Loading label="Opening the workspace…" />
          </div>
        ) : (
          <Body key={directory} chosen={early} />
        )}
        <StatusBar />
        <Notifications />
      </div>
    </WorkspaceContext>
  )
}

function Body({ chosen }: { chosen: string | undefined }) {
  const clients = useClients()
  const [panes, setPanes] = useRemembered('shell.panes', FIRST_PANES)
  const [activity, setActivity] = useRemembered('shell.activity', 'home')
  const inspected = useInspected()
  const explored = useLoaded(({ byId }) => byId[activity] === undefined || byId[activity].Explorer !== undefined)
  useShellCommands(panes, setPanes, setActivity)
  useEffect(() => loadRest(clients), [clients])
  useEffect(() => {
    if (chosen !== undefined) setActivity(chosen)
  }, [chosen, setActivity])
  return (
    <div className={styles.body}>
      <ActivityBar activity={activity} onActivity={setActivity} panes={panes} onPanes={setPanes} />
      <SplitPane
        label="Explorer width"
        size={explored ? panes.explorer : 0}
        onSize={(explorer) => setPanes((before) => ({ ...before, explorer }))}
        min={160}
        max={560}
        restore={DEFAULT_PANES.explorer}
        first={<Explorer activity={activity} />}
        second={
          <SplitPane
            direction="column"
            sized="second"
            label="Panel height"
            size={panes.bottom}
            onSize={(bottom) => setPanes((before) => ({ ...before, bottom }))}
            min={100}
            max={1200}
            restore={DEFAULT_PANES.bottom}
            first={
              <SplitPane
                sized="second"
                label="Inspector width"
                size={inspected ? panes.inspector : 0}
                onSize={(inspector) => setPanes((before) => ({ ...before, inspector }))}
                min={200}
                max={720}
                restore={DEFAULT_PANES.inspector}
                first={<Dock />}
                second={<InspectorRegion />}
              />
            }
            second={<BottomPanel panes={panes} onPanes={setPanes} />}
          />
        }
      />
      <Palette />
      <Drops />
    </div>
  )
}

/** Whether the active tab's kind makes use of the inspector. */
function useInspected(): boolean {
  const type = useDock(({ tabs, active }) => tabs.find((tab) => tab.id === active)?.type)
  const loaded = useLoaded((state) => state.byId)
  if (!type) return false
  const view = loaded[type.slice(0, type.indexOf('.'))]?.views.find((candidate) => candidate.type === type)
  return view?.inspector ?? true
}

/** The place at the right that the active tab fills. */
function InspectorRegion() {
  const element = useRef<HTMLDivElement>(null)
  const users = useInspectorRegion((state) => state.users)
  useEffect(() => {
    useInspectorRegion.setState({ element: element.current })
    return () => useInspectorRegion.setState({ element: null })
  }, [])
  return (
    <aside className={styles.inspector} aria-label="Inspector">
      <div className={styles.regionTitle}>Inspector</div>
      {users === 0 && <p className={styles.regionHint}>Select something to see what it is and how it is set.</p>}
      <div ref={element} className={styles.region} />
    </aside>
  )
}
