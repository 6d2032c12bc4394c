import { ListTree, Shapes } from 'lucide-react'
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { isDirty } from '../../lib/document-session.ts'
import { InTurn, notifyError, useCommands, useDirty, useRemembered, type ViewProps } from '../../lib/index.ts'
import { Button, ErrorView, Loading, SplitPane, Tabs } from '../../ui/index.ts'
import { ActionsContext } from './actions.ts'
import styles from './Builder.module.css'
import { Canvas } from './canvas/Canvas.tsx'
import { BuilderContext, type Builder as BuilderValue, createBuilderUi, jumpTo, useBuilder } from './context.ts'
import { BuilderInspector } from './inspector/BuilderInspector.tsx'
import { Conflict, Failure } from './Messages.tsx'
import { wireKey } from './model/items.ts'
import { Outline } from './Outline.tsx'
import { Palette } from './Palette.tsx'
import { Panes } from './panes/Panes.tsx'
import { RunBar } from './RunBar.tsx'
import { RunStore } from './run-store.ts'
import { usePipelineSession } from './session.ts'
import { TextView } from './TextView.tsx'
import { type RunOptions, useBuilderActions } from './useBuilderActions.tsx'
import { useBuilderCommands } from './useBuilderCommands.ts'
import { useChecks } from './useChecks.ts'
import { useRuns } from './useRuns.ts'
import { useStaleness } from './useStaleness.ts'

type Params = { path: string; node?: string; wire?: string; runId?: string }

/** One pipeline: drawn, checked, run and watched. */
export function Builder({ params }: ViewProps<Params>) {
  const session = usePipelineSession(params.path)
  const builder = useMemo(() => session && { session, runs: new RunStore(), ui: createBuilderUi() }, [session])
  if (!builder) return <Loading />
  return (
    <BuilderContext value={builder}>
      <Opened params={params} />
    </BuilderContext>
  )
}

function Opened({ params }: { params: Params }) {
  const builder = useBuilder()
  const { session } = builder
  // Deferred, since a store's news are drawn without a pause, and a whole pipeline would hold the page still.
  const phase = useDeferredValue(useStore(session.store, (state) => state.phase))
  const error = useStore(session.store, (state) => state.error)
  useDirty(useStore(session.store, isDirty))
  if (phase === 'loading') return <Loading />
  if (phase === 'missing')
    return (
      <ErrorView
        title="This pipeline cannot be opened"
        error={error ?? { message: `${session.path} was deleted.` }}
        actions={<Button onClick={() => void session.load()}>Try again</Button>}
      />
    )
  if (phase === 'damaged') return <Damaged />
  return <Ready params={params} />
}

/** A damaged file is shown as its text, at the place where it breaks; mended, it becomes a pipeline under the hand. */
function Damaged() {
  const { session } = useBuilder()
  useCommands(
    () => [
      {
        id: 'builder.save',
        title: 'Save pipeline',
        group: 'Pipeline',
        shortcut: 'Mod+S',
        overEditors: true,
        run: () => session.save().catch((thrown: unknown) => notifyError('The pipeline was not saved', thrown)),
      },
    ],
    [session],
  )
  return <TextView className={styles.whole} />
}

function Ready({ params }: { params: Params }) {
  const builder = useBuilder()
  const root = useRef<HTMLDivElement>(null)
  const [mode, setMode] = useState<'canvas' | 'text'>('canvas')
  const [options, setOptions] = useRemembered<RunOptions>('builder.options', { scale: 1, until: 'drained' })
  const [paneHeight, setPaneHeight] = useRemembered('builder.pane', 240)
  const control = useRuns(builder)
  const actions = useBuilderActions(builder, control, options)
  useBuilderCommands(builder, actions, root)
  useChecks(builder)
  useStaleness(builder)
  useLink(builder, params, control.showRun)
  return (
    <ActionsContext value={actions}>
      <div ref={root} className={styles.builder}>
        <RunBar
          mode={mode}
          onMode={setMode}
          options={options}
          onOptions={setOptions}
          starting={control.starting}
          last={control.last}
          onHide={control.hideRun}
        />
        <Conflict />
        <Failure startError={control.startError} onDismiss={control.dismiss} />
        <div className={styles.body}>
          <SplitPane
            direction="column"
            sized="second"
            size={paneHeight}
            onSize={setPaneHeight}
            min={120}
            restore={240}
            label="Height of the details"
            first={mode === 'canvas' ? <CanvasWithPalette /> : <TextView />}
            second={<InTurn>{() => <Panes />}</InTurn>}
          />
        </div>
      </div>
      <InTurn>{() => <BuilderInspector />}</InTurn>
    </ActionsContext>
  )
}

function CanvasWithPalette() {
  const [width, setWidth] = useRemembered('builder.palette', 192)
  const [tab, setTab] = useRemembered<'palette' | 'outline'>('builder.side', 'palette')
  return (
    <SplitPane
      size={width}
      onSize={setWidth}
      min={168}
      max={420}
      restore={192}
      label="Width of the palette"
      first={
        <div className={styles.side}>
          <Tabs
            label="Palette and outline"
            size="s"
            value={tab}
            onChange={setTab}
            tabs={[
              { id: 'palette', title: 'Nodes', icon: <Shapes size={13} /> },
              { id: 'outline', title: 'Outline', icon: <ListTree size={13} /> },
            ]}
          >
            <InTurn>{() => (tab === 'palette' ? <Palette /> : <Outline />)}</InTurn>
          </Tabs>
        </div>
      }
      second={<Canvas />}
    />
  )
}

/** What a link names is selected once. */
function useLink(builder: BuilderValue, { node, wire, runId }: Params, showRun: (runId: string) => void): void {
  useEffect(() => {
    if (node !== undefined) jumpTo(builder, [node])
    else if (wire !== undefined) jumpTo(builder, [wireKey(wire)])
    if (runId !== undefined) showRun(runId)
  }, [builder, node, wire, runId, showRun])
}
