import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { controlFilter, type Dashboard as DashboardDocument, type SheetFilter } from '../../../engines/bi/dashboard.ts'
import { isDirty } from '../../lib/document-session.ts'
import { InTurn, notifyError, openView, useClients, useDirty, useRemembered, type ViewProps } from '../../lib/index.ts'
import { Banner, Button, ErrorView, Loading, Page } from '../../ui/index.ts'
import { AbsentSets } from './canvas/AbsentSets.tsx'
import { Canvas } from './canvas/Canvas.tsx'
import canvasStyles from './canvas/canvas.module.css'
import { EmptySheet } from './canvas/EmptySheet.tsx'
import { FilterBar, valuesOf } from './canvas/FilterBar.tsx'
import { SheetBar } from './canvas/SheetBar.tsx'
import { WarmUp } from './charts/WarmUp.tsx'
import {
  createReader,
  DashboardContext,
  DataSetsContext,
  newColors,
  useDashboard,
  useReader,
  useSheet,
} from './context.ts'
import { Damaged } from './Damaged.tsx'
import { DashboardBar } from './DashboardBar.tsx'
import { DashboardInspector } from './editor/DashboardInspector.tsx'
import { FieldList } from './editor/FieldList.tsx'
import { dashboardFiles } from './files.ts'
import { measureKey } from './model/colors.ts'
import { measuresOf } from './model/fields.ts'
import { dashboardText } from './model/text.ts'
import { type DashboardSession, useDashboardSession } from './session.ts'
import { useDashboardCommands } from './useDashboardCommands.ts'
import { useDataSets } from './useDataSets.ts'
import { useFilling } from './useFilling.ts'
import { AsTable } from './visual/AsTable.tsx'

/** One dashboard: read, filtered, drilled into and edited on one canvas. */
export function Dashboard({ params: { path } }: ViewProps<{ path: string }>) {
  const session = useDashboardSession(path)
  const value = useMemo(() => session && { session, reader: createReader(), colors: newColors() }, [session])
  if (!value) return <Loading />
  return (
    <DashboardContext value={value}>
      <WarmUp />
      <Opened />
    </DashboardContext>
  )
}

function Opened() {
  const { session } = useDashboard()
  // Deferred, since a store's news are drawn without a pause, and a whole sheet would hold the page still.
  const phase = useDeferredValue(useStore(session.store, (state) => state.phase))
  const error = useStore(session.store, (state) => state.error)
  const document = useStore(session.store, (state) => state.history?.present ?? null)
  useDirty(useStore(session.store, isDirty))
  if (phase === 'loading') return <Loading />
  if (phase === 'missing')
    return (
      <ErrorView
        title="This dashboard cannot be opened"
        error={error ?? { message: `${session.path} was deleted.` }}
        actions={<Button onClick={() => void session.load()}>Try again</Button>}
      />
    )
  if (phase === 'damaged' || !document) return <Damaged />
  return <Ready document={document} />
}

function Ready({ document }: { document: DashboardDocument }) {
  const { session, colors } = useDashboard()
  const root = useRef<HTMLDivElement>(null)
  const sets = useDataSets()
  const filling = useFilling()
  const dataSets = useMemo(() => ({ ...sets, filling }), [sets, filling])
  const sheet = useSheet()
  const chosen = useReader((state) => state.chosen)
  const presenting = useReader((state) => state.presenting)
  const asTable = useReader((state) => state.asTable)
  const [fieldsOpen, setFieldsOpen] = useRemembered('dashboards.fields', false)
  const [turns, setTurns] = useState(0)
  const tick = useTick(document.refresh.seconds) + turns
  useDashboardCommands(root, () => setTurns((n) => n + 1))
  usePresenting(root)
  // The order of the document decides the colours: its measures first take theirs, in the order of the page.
  useMemo(() => colors.enroll([...measuresOf(document)].map(measureKey)), [colors, document])
  const filters = useMemo(
    (): SheetFilter[] => [
      ...(sheet?.filters ?? []),
      ...(sheet?.controls ?? []).flatMap((control) => controlFilter(control, valuesOf(control, chosen)) ?? []),
    ],
    [sheet, chosen],
  )
  if (!sheet) return <Loading />
  const empty = sheet.visuals.length + sheet.textBoxes.length === 0
  const table = asTable === null ? undefined : sheet.visuals.find(({ id }) => id === asTable)
  const canvas = (
    <div className={canvasStyles.main}>
      {fieldsOpen && !presenting && <FieldList sheet={sheet} />}
      <div className={canvasStyles.column}>
        <FilterBar sheet={sheet} />
        {empty ? <EmptySheet sheet={sheet} /> : <Canvas key={sheet.id} sheet={sheet} filters={filters} tick={tick} />}
        <SheetBar document={document} sheet={sheet} />
      </div>
    </div>
  )
  return (
    <DataSetsContext value={dataSets}>
      <Page
        path={[{ title: 'Dashboards' }, { title: document.name }]}
        scroll={false}
        actions={
          <DashboardBar
            sheet={sheet}
            fieldsOpen={fieldsOpen}
            onFields={() => setFieldsOpen(!fieldsOpen)}
            onRefresh={() => setTurns((n) => n + 1)}
          />
        }
      >
        <div ref={root} className={`${canvasStyles.view} ${presenting ? canvasStyles.presenting : ''}`}>
          <Conflict />
          {!presenting && <AbsentSets sheet={sheet} />}
          {dataSets.error && <ErrorView compact title="The data sets cannot be listed" error={dataSets.error} />}
          {canvas}
          {table && <AsTable visual={table} filters={filters} />}
        </div>
      </Page>
      <InTurn>{() => <DashboardInspector document={document} sheet={sheet} />}</InTurn>
      <SettleOnLeave session={session} />
    </DataSetsContext>
  )
}

/** Where the pointer goes down anew, the next edit is a step of its own. */
function SettleOnLeave({ session }: { session: DashboardSession }) {
  useEffect(() => {
    const settle = () => session.settle()
    document.addEventListener('pointerdown', settle, true)
    return () => document.removeEventListener('pointerdown', settle, true)
  }, [session])
  return null
}

/** Rises each time data in direct query are due. */
function useTick(seconds: number | null): number {
  const [tick, setTick] = useState(0)
  useEffect(() => {
    if (seconds === null) return
    const timer = setInterval(() => setTick((n) => n + 1), Math.max(1, seconds) * 1000)
    return () => clearInterval(timer)
  }, [seconds])
  return tick
}

/** Full screen while presenting; leaving it by the browser's own Escape ends the presentation. */
function usePresenting(root: React.RefObject<HTMLDivElement | null>): void {
  const { reader } = useDashboard()
  const presenting = useReader((state) => state.presenting)
  useEffect(() => {
    const element = root.current
    if (!presenting || !element) return
    const ended = () => {
      if (!document.fullscreenElement) reader.setState({ presenting: false })
    }
    // Where the window may not fill the screen, the canvas still shows itself without its tools.
    element.requestFullscreen().catch(() => {})
    document.addEventListener('fullscreenchange', ended)
    return () => {
      document.removeEventListener('fullscreenchange', ended)
      if (document.fullscreenElement) void document.exitFullscreen()
    }
  }, [presenting, root, reader])
}

function Conflict() {
  const { session } = useDashboard()
  const clients = useClients()
  const conflict = useStore(session.store, (state) => state.conflict)
  if (!conflict) return null
  const fail = (thrown: unknown) => notifyError('The dashboard was not saved', thrown)
  const saveAs = async () => {
    if (!session.document) return
    await dashboardFiles.copy(clients, session.path, dashboardText(session.document))
    await session.reload()
    openView('dashboards.dashboard', { path: session.path }, { activate: false })
  }
  return (
    <Banner
      tone="warn"
      actions={
        <>
          <Button size="s" onClick={() => void session.reload().catch(fail)}>
            Take the file
          </Button>
          <Button size="s" onClick={() => void saveAs().catch(fail)}>
            Save mine as a copy
          </Button>
          <Button size="s" onClick={() => void session.save({ overwrite: true }).catch(fail)}>
            Overwrite the file
          </Button>
        </>
      }
    >
      The file was changed outside while this dashboard has unsaved changes.
    </Banner>
  )
}
