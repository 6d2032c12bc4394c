import { Play, Save } from 'lucide-react'
import { useMemo, useState } from 'react'
import { EngineError } from '../../../../engines/kit/pure/errors.ts'
import type { QualityRun, Ruleset, TableRef } from '../../../../engines/quality/contract.ts'
import { CodeEditor } from '../../../lib/code-editor/index.ts'
import { useAction, useCall, useCommands, useDirty, useFeed, useRemembered, useSettled } from '../../../lib/index.ts'
import { Button, cx, ErrorView, Progress, Select, SplitPane, Toolbar, ToolbarSpace } from '../../../ui/index.ts'
import { DQDL, teachDqdl } from './dqdl-language.ts'
import styles from './quality.module.css'
import { Results } from './Results.tsx'

/** A ruleset's text above, checked while it is written, and its results below. Running saves first. */
export function RulesetPane({
  ruleset,
  table,
  columns,
  onChanged,
}: {
  ruleset: Ruleset
  table: TableRef
  columns: readonly string[]
  onChanged: () => void
}) {
  const [text, setText] = useState(ruleset.text)
  const dirty = text !== ruleset.text
  useDirty(dirty)
  const settled = useSettled(text)
  const checked = useCall(
    (clients, signal) => clients.quality.checkRuleset({ text: settled, table }, { signal }),
    [settled, table.engine, table.database, table.table],
  ).data
  const markers = useMemo(
    () =>
      (checked?.problems ?? []).map(({ message, at }) => ({
        message,
        severity: 'error' as const,
        line: at.line ?? 1,
        column: at.column ?? 1,
        endLine: at.endLine,
        endColumn: at.endColumn,
      })),
    [checked],
  )
  const [aliases, setAliases] = useRemembered<Record<string, string>>(`catalog.aliases.${ruleset.name}`, {})
  const save = useAction((clients, signal) => clients.quality.updateRuleset({ name: ruleset.name, text }, { signal }), {
    onDone: onChanged,
  })
  const [height, setHeight] = useRemembered('catalog.ruleset.height', 240)
  const [runId, setRunId] = useState<string | null>(null)
  const start = useAction(
    async (clients, signal) => {
      if (dirty) await clients.quality.updateRuleset({ name: ruleset.name, text }, { signal })
      const sources = Object.fromEntries(
        (checked?.aliases ?? []).flatMap((alias) => (aliases[alias] ? [[alias, refOf(aliases[alias], table)]] : [])),
      )
      const run = await clients.quality.startEvaluation({ table, rulesets: [ruleset.name], sources }, { signal })
      setRunId(run.runId)
    },
    { onDone: onChanged },
  )
  const run = useFeed((clients, signal) => clients.quality.watchRuns({}, { signal }), [ruleset.name], {
    initial: null as QualityRun | null,
    fold: (known: QualityRun | null, item) => (item.rulesets.includes(ruleset.name) ? item : known),
  }).data
  const running = run !== null && run.endedMs === undefined
  const cancel = useAction((clients, signal, id: string) => clients.quality.cancelRun({ runId: id }, { signal }))
  const failed =
    start.error ?? save.error ?? (run?.error && run.runId === runId ? EngineError.fromWire(run.error) : undefined)
  const problem = checked?.problems[0]
  const canRun = !running && !start.pending && problem === undefined
  const canSave = dirty && !save.pending && problem === undefined
  useCommands(
    () => [
      {
        id: 'quality.save',
        title: 'Save ruleset',
        group: 'Catalog',
        shortcut: 'Mod+S',
        overEditors: true,
        run: () => canSave && void save.run(),
      },
    ],
    [canSave, save.run],
  )
  return (
    <SplitPane
      direction="column"
      label="Size of the ruleset"
      size={height}
      onSize={setHeight}
      first={
        <div className={styles.pane}>
          <Toolbar label="Ruleset">
            <Button
              size="s"
              variant="primary"
              icon={<Play size={13} />}
              disabled={!canRun}
              onClick={() => void start.run()}
            >
              Run
            </Button>
            <Button size="s" icon={<Save size={13} />} disabled={!canSave} onClick={() => void save.run()}>
              Save
            </Button>
            {(checked?.aliases ?? []).map((alias) => (
              <Alias
                key={alias}
                alias={alias}
                table={table}
                value={aliases[alias] ?? null}
                onChange={(value) => setAliases({ ...aliases, [alias]: value })}
              />
            ))}
            <ToolbarSpace />
            <span className={cx(styles.facts, problem && styles.bad)} role="status">
              {problem ? `Line ${problem.at.line}: ${problem.message}` : dirty ? 'Not saved' : ''}
            </span>
          </Toolbar>
          <div className={styles.editor}>
            <CodeEditor
              language={DQDL}
              label={`DQDL of ${ruleset.name}`}
              value={text}
              onChange={setText}
              markers={markers}
              suggest
              onRun={() => canRun && void start.run()}
              onMount={(editor, monaco) => {
                teachDqdl(monaco, editor.getModel()!, columns)
                monaco.editor.setModelLanguage(editor.getModel()!, DQDL)
                return undefined
              }}
            />
          </div>
        </div>
      }
      second={
        <div className={styles.pane}>
          {running && (
            <div className={styles.work}>
              <Progress
                value={run.progress}
                label={`Evaluating ${ruleset.name}`}
                onCancel={() => void cancel.run(run.runId)}
              />
            </div>
          )}
          {failed && (
            <div className={styles.work}>
              <ErrorView compact title="The rules were not evaluated" error={failed} />
            </div>
          )}
          <Results ruleset={ruleset.name} table={table} turn={run?.endedMs ?? 0} />
        </div>
      }
    />
  )
}

/** A table of the same engine by `database.table`. */
function refOf(name: string, { engine }: TableRef): TableRef {
  const dot = name.indexOf('.')
  return { engine, database: name.slice(0, dot), table: name.slice(dot + 1) }
}

function Alias({
  alias,
  table,
  value,
  onChange,
}: {
  alias: string
  table: TableRef
  value: string | null
  onChange: (value: string) => void
}) {
  const tables = useCall(
    async (clients, signal) => {
      if (table.engine === 'warehouse')
        return (await clients.warehouse.listTables({}, { signal })).map(({ schema, name }) => `${schema}.${name}`)
      const databases = await clients.catalog.listDatabases({}, { signal })
      const lists = await Promise.all(
        databases.map(({ name }) => clients.catalog.listTables({ database: name }, { signal })),
      )
      return lists.flat().map(({ database, name }) => `${database}.${name}`)
    },
    [table.engine],
  )
  return (
    <span className={styles.alias}>
      <code>{alias}</code> is
      <Select
        label={`Table of ${alias}`}
        value={value}
        onChange={onChange}
        options={(tables.data ?? []).map((name) => ({ value: name, label: name }))}
      />
    </span>
  )
}
