import {
  LayoutGrid,
  Pause,
  Play,
  Redo2,
  Save,
  Settings2,
  Square,
  StepForward,
  TextCursorInput,
  Undo2,
} from 'lucide-react'
import type { RunSummary } from '../../../engines/pipeline/contract.ts'
import { isDirty } from '../../lib/document-session.ts'
import { redoLabel, undoLabel } from '../../lib/history.ts'
import { notifyError, runCommand, useClients } from '../../lib/index.ts'
import {
  Button,
  Field,
  IconButton,
  Input,
  NumberInput,
  Popover,
  Segmented,
  Select,
  Toolbar,
  ToolbarSeparator,
  ToolbarSpace,
} from '../../ui/index.ts'
import { useBuilder, useDocument, useRun, useSession } from './context.ts'
import { isActive } from './model/run-view.ts'
import styles from './RunBar.module.css'
import { RunStatus } from './RunStatus.tsx'
import type { RunOptions } from './useBuilderActions.tsx'

const MODES = [
  { value: 'canvas', title: 'Canvas', icon: <LayoutGrid size={13} /> },
  { value: 'text', title: 'Text', icon: <TextCursorInput size={13} /> },
] as const

const SPEEDS = [
  { value: 'real', label: 'Real time' },
  { value: '1', label: '1×', detail: 'virtual' },
  { value: '10', label: '10×', detail: 'virtual' },
  { value: '60', label: '60×', detail: 'virtual' },
  { value: '600', label: '600×', detail: 'virtual' },
  { value: '3600', label: '3600×', detail: 'virtual' },
  { value: 'fastest', label: 'As fast as possible', detail: 'virtual' },
] as const

interface RunBarProps {
  mode: 'canvas' | 'text'
  onMode: (mode: 'canvas' | 'text') => void
  options: RunOptions
  onOptions: (options: RunOptions) => void
  starting: boolean
  last: RunSummary | null
  onHide: () => void
}

/** Run, stop, pause and step; how fast and how much; where the run stands; canvas or text. */
export function RunBar({ mode, onMode, options, onOptions, starting, last, onHide }: RunBarProps) {
  const run = useRun()
  const active = isActive(run)
  const halted = run !== null && active && (run.state === 'paused' || run.wires.some((wire) => wire.paused))
  const steppable = run?.wires.some((wire) => wire.paused) ?? false
  return (
    <Toolbar label="Run" className={styles.bar}>
      {active || starting ? (
        <Button
          variant="danger"
          size="s"
          icon={<Square size={13} />}
          disabled={starting}
          onClick={() => runCommand('builder.stop')}
          title={
            run?.state === 'draining' ? 'Stop at once: what is under way is dropped (Shift+F5)' : 'Stop (Shift+F5)'
          }
        >
          Stop
        </Button>
      ) : (
        <Button
          variant="primary"
          size="s"
          icon={<Play size={13} />}
          onClick={() => runCommand('builder.run')}
          title="Run (F5)"
        >
          Run
        </Button>
      )}
      <IconButton
        size="s"
        icon={halted ? <Play size={15} /> : <Pause size={15} />}
        label={halted ? 'Continue' : 'Pause'}
        shortcut="F8"
        disabled={!active}
        onClick={() => runCommand('builder.pause')}
      />
      <IconButton
        size="s"
        icon={<StepForward size={15} />}
        label="Step: let one row through"
        shortcut="F10"
        disabled={!steppable}
        onClick={() => runCommand('builder.step')}
      />
      <ToolbarSeparator />
      <SpeedSelect active={active} />
      <RunSettings options={options} onOptions={onOptions} />
      <RunStatus last={last} onHide={onHide} />
      <ToolbarSpace />
      <EditButtons />
      <ToolbarSeparator />
      <Segmented label="View" value={mode} onChange={onMode} options={MODES} />
    </Toolbar>
  )
}

function SpeedSelect({ active }: { active: boolean }) {
  const { session } = useBuilder()
  const clients = useClients()
  const { clock, speed } = useDocument().run
  const value = clock === 'real' ? 'real' : speed === null ? 'fastest' : String(speed)
  const known = SPEEDS.some((s) => s.value === value)
  const choices = known ? SPEEDS : [...SPEEDS, { value, label: `${value}×`, detail: 'virtual' }]
  const choose = (next: string) => {
    const run =
      next === 'real'
        ? { clock: 'real' as const }
        : { clock: 'virtual' as const, speed: next === 'fastest' ? null : Number(next) }
    session.apply('Change speed', (d) => ({ ...d, run: { ...d.run, ...run } }))
    if (!active) return
    const change =
      next === 'real'
        ? { mode: 'real' as const }
        : { mode: 'virtual' as const, speed: next === 'fastest' ? null : Number(next) }
    clients.system.setClock(change).catch((thrown: unknown) => notifyError('The clock was not changed', thrown))
  }
  return (
    <Select quiet className={styles.speed} label="Speed of the run" value={value} options={choices} onChange={choose} />
  )
}

function RunSettings({ options, onOptions }: { options: RunOptions; onOptions: (options: RunOptions) => void }) {
  const { session } = useBuilder()
  const { seed } = useDocument().run
  return (
    <Popover
      trigger={<IconButton size="s" icon={<Settings2 size={15} />} label="Run settings" />}
      title="Run settings"
      width={300}
    >
      <div className={styles.settings}>
        <Field label="Seed" help="The same seed gives the same run.">
          {({ invalid, ...ids }) => (
            <Input
              {...ids}
              invalid={invalid}
              mono
              value={seed}
              onChange={(next) =>
                session.apply('Change seed', (d) => ({ ...d, run: { ...d.run, seed: next } }), 'seed')
              }
              onBlur={() => session.settle()}
            />
          )}
        </Field>
        <Field label="Scale" help="Sources send their data so many times.">
          {({ invalid, ...ids }) => (
            <NumberInput
              {...ids}
              invalid={invalid}
              unit="×"
              min={1}
              max={1000}
              value={options.scale}
              onChange={(scale) => onOptions({ ...options, scale: Math.max(1, Math.round(scale ?? 1)) })}
            />
          )}
        </Field>
        <Field label="Ends">
          {({ id }) => (
            <Select
              id={id}
              value={options.until}
              options={[
                { value: 'drained', label: 'When everything has arrived' },
                { value: 'stopped', label: 'When it is stopped' },
              ]}
              onChange={(until) => onOptions({ ...options, until })}
            />
          )}
        </Field>
      </div>
    </Popover>
  )
}

function EditButtons() {
  const undoWord = useSession((state) => (state.history ? undoLabel(state.history) : null))
  const redoWord = useSession((state) => (state.history ? redoLabel(state.history) : null))
  const dirty = useSession(isDirty)
  return (
    <>
      <IconButton
        size="s"
        icon={<Undo2 size={15} />}
        label={undoWord ? `Undo: ${undoWord}` : 'Undo'}
        shortcut="Mod+Z"
        disabled={undoWord === null}
        onClick={() => runCommand('builder.undo')}
      />
      <IconButton
        size="s"
        icon={<Redo2 size={15} />}
        label={redoWord ? `Redo: ${redoWord}` : 'Redo'}
        shortcut="Mod+Shift+Z"
        disabled={redoWord === null}
        onClick={() => runCommand('builder.redo')}
      />
      <IconButton
        size="s"
        icon={<Save size={15} />}
        label="Save"
        shortcut="Mod+S"
        disabled={!dirty}
        onClick={() => runCommand('builder.save')}
      />
    </>
  )
}
