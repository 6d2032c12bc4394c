import { AlignLeft, ChevronDown, CircleAlert, Columns2, Play, Route, Save, Square } from 'lucide-react'
import type { ReactNode } from 'react'
import { useStore } from 'zustand'
import { formatBytes, formatCost, plural, runCommand } from '../../lib/index.ts'
import {
  Button,
  CopyButton,
  IconButton,
  Menu,
  Popover,
  Select,
  Toolbar,
  ToolbarSeparator,
  ToolbarSpace,
  Tooltip,
} from '../../ui/index.ts'
import { DIALECTS, type Dialect, ENGINE_TITLES, type Header } from './model/header.ts'
import { SessionChip } from './SessionChip.tsx'
import { useSchemas } from './schema.ts'
import { isDirty, type Session } from './session.ts'
import styles from './sql.module.css'
import type { Actions } from './useActions.ts'
import type { Checks } from './useChecks.ts'
import { WorkGroupMenu } from './workgroups/WorkGroupMenu.tsx'
import { useWorkGroups } from './workgroups/work-groups.ts'

const DETAILS: Readonly<Record<Dialect, string>> = {
  athena: 'Trino SQL over the lake',
  warehouse: 'Redshift SQL',
  spark: 'Spark SQL over the lake',
  flink: 'written and checked here',
}
const ENGINES = DIALECTS.map((value) => ({ value, label: ENGINE_TITLES[value], detail: DETAILS[value] }))

export function SqlToolbar({
  session,
  header,
  checks,
  actions,
}: {
  session: Session
  header: Required<Header>
  checks: Checks
  actions: Actions
}) {
  const running = useStore(session.store, (state) => state.running)
  const stopping = useStore(session.store, (state) => state.stopping)
  const dirty = useStore(session.store, (state) => isDirty(state, session.path))
  const databases = useSchemas((state) => state.athena.databases)
  const names = [...new Set([header.database, ...databases.map(({ name }) => name)])]
  return (
    <Toolbar label="Query" className={styles.toolbar}>
      {running ? (
        <Button icon={<Square size={13} />} onClick={actions.cancel} disabled={stopping} className={styles.run}>
          {stopping ? 'Cancelling…' : 'Cancel'}
        </Button>
      ) : (
        <Tooltip label="Run the selection, else the statement at the cursor" shortcut="Mod+Enter">
          <Button
            variant="primary"
            icon={<Play size={13} />}
            onClick={() => actions.run('chosen')}
            className={styles.run}
          >
            Run
          </Button>
        </Tooltip>
      )}
      <Menu
        trigger={<IconButton icon={<ChevronDown size={14} />} label="More ways to run" />}
        items={[
          { title: 'Run selection or statement', shortcut: 'Mod+Enter', onSelect: () => actions.run('chosen') },
          { title: 'Run all statements', shortcut: 'Mod+Shift+Enter', onSelect: () => actions.run('all') },
          'separator',
          { title: 'Explain', shortcut: 'Mod+Shift+E', onSelect: () => actions.explain(false) },
          { title: 'Explain and measure', onSelect: () => actions.explain(true) },
          'separator',
          { title: 'Format', shortcut: 'Shift+Alt+F', onSelect: () => void actions.format() },
          { title: 'Split view', shortcut: 'Mod+\\', onSelect: () => runCommand('shell.splitRight') },
        ]}
      />
      <Estimate header={header} checks={checks} />
      {header.engine === 'warehouse' && <SessionChip session={session} />}
      <ToolbarSpace />
      <Select<Dialect>
        quiet
        label="Engine"
        value={header.engine}
        options={ENGINES}
        onChange={(engine) => session.writeHeader({ engine })}
      />
      {header.engine !== 'warehouse' && (
        <Select
          quiet
          label="Database"
          value={header.database}
          options={names.map((value) => ({
            value,
            label: value,
            detail: databases.length > 0 ? detailOf(databases.find(({ name }) => name === value)) : undefined,
          }))}
          onChange={(database) => session.writeHeader({ database })}
        />
      )}
      {(header.engine === 'athena' || header.engine === 'spark') && <WorkGroupMenu session={session} header={header} />}
      <ToolbarSeparator />
      <span className={styles.roomy}>
        <IconButton
          icon={<Route size={15} />}
          label="Explain"
          shortcut="Mod+Shift+E"
          onClick={() => actions.explain(false)}
        />
        <IconButton
          icon={<AlignLeft size={15} />}
          label="Format"
          shortcut="Shift+Alt+F"
          onClick={() => void actions.format()}
        />
        <IconButton
          icon={<Columns2 size={15} />}
          label="Split view"
          shortcut={'Mod+\\'}
          onClick={() => runCommand('shell.splitRight')}
        />
      </span>
      <IconButton
        icon={<Save size={15} />}
        label="Save"
        shortcut="Mod+S"
        disabled={!dirty && session.path !== ''}
        onClick={actions.save}
      />
    </Toolbar>
  )
}

function detailOf(database: { tables: readonly unknown[] } | undefined): string {
  return database ? plural(database.tables.length, 'table') : 'not there'
}

/** What the run will cost, before it: always named an estimate; or why the statement does not stand. Whatever the room, a click shows all of it. */
function Estimate({ header: { engine, workGroup }, checks }: { header: Required<Header>; checks: Checks }) {
  const { estimate, error, estimating } = checks
  const limit = useWorkGroups((state) => state.list.find(({ name }) => name === workGroup)?.cutoffBytes)
  const beyond = estimate?.statements === 1 && limit !== undefined && estimate.bytesScanned > limit
  return (
    <span className={styles.estimate} role="status" aria-live="off" aria-label="Estimate">
      {error ? (
        <Said
          title="The statement has an error"
          whole={error}
          className={styles.bad}
          icon={<CircleAlert size={14} aria-hidden />}
        >
          {error}
        </Said>
      ) : estimate ? (
        <Said
          title="Estimate"
          whole={[
            `${formatBytes(estimate.bytesScanned)} to read from ${plural(estimate.files, 'file')}, for ${formatCost(estimate.costUsd)}.`,
            'Simulated: AWS list price, at least 10 MB for each query.',
            ...(beyond ? [`The workgroup ${workGroup} allows ${formatBytes(limit)} for a query.`] : []),
          ].join(' ')}
        >
          <span className={`${styles.quiet} ${styles.roomy}`}>Estimate </span>
          <span className={styles.narrow}>~</span>
          {formatBytes(estimate.bytesScanned)} · {formatCost(estimate.costUsd)}
          {beyond ? (
            <span className={styles.bad}> · over the limit of {workGroup}</span>
          ) : (
            estimate.files > 0 && <span className={styles.quiet}> · {plural(estimate.files, 'file')}</span>
          )}
        </Said>
      ) : estimating && engine !== 'warehouse' ? (
        <span className={styles.quiet}>Estimating…</span>
      ) : null}
    </span>
  )
}

function Said({
  title,
  whole,
  icon,
  className,
  children,
}: {
  title: string
  whole: string
  icon?: ReactNode
  className?: string | undefined
  children: ReactNode
}) {
  return (
    <Popover
      title={title}
      width={400}
      trigger={
        <button type="button" className={`${styles.words} ${className ?? ''}`} title={whole}>
          {icon}
          <span>{children}</span>
        </button>
      }
    >
      <p className={styles.whole} data-selectable>
        {whole}
      </p>
      <div>
        <CopyButton text={whole} label="Copy" />
      </div>
    </Popover>
  )
}
