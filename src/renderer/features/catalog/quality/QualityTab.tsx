import { Plus, ShieldCheck, Sparkles } from 'lucide-react'
import { useState } from 'react'
import type { QualityRun, TableRef } from '../../../../engines/quality/contract.ts'
import { notifyError, useAction, useCall, useFeed, useRemembered } from '../../../lib/index.ts'
import {
  Button,
  EmptyState,
  ErrorView,
  Loading,
  NameDialog,
  Progress,
  Select,
  Toolbar,
  ToolbarSpace,
} from '../../../ui/index.ts'
import styles from './quality.module.css'
import { RulesetPane } from './RulesetPane.tsx'

/** The rulesets of a table, one at a time: its text, and what its runs found. */
export function QualityTab({ table, columns }: { table: TableRef; columns: readonly string[] }) {
  const { engine, database, table: name } = table
  const key = [engine, database, name]
  const rulesets = useCall((clients, signal) => clients.quality.listRulesets({ table }, { signal }), key)
  const [chosen, choose] = useRemembered<string | null>(`catalog.ruleset.${key.join('.')}`, null)
  const [creating, setCreating] = useState(false)
  const create = useAction(
    async (clients, signal, ruleset: string) => {
      const text = `Rules = [\n  RowCount > 0${columns.length > 0 ? `,\n  IsComplete "${columns[0]}"` : ''}\n]\n`
      return clients.quality.createRuleset({ name: ruleset, text, table }, { signal })
    },
    {
      onDone: (made) => {
        setCreating(false)
        choose(made.name)
        rulesets.reload()
      },
    },
  )
  const recommend = useAction(
    async (clients, signal) => {
      const taken = new Set((await clients.quality.listRulesets({}, { signal })).map((each) => each.name))
      let createdRuleset = `${name}-recommended`
      for (let i = 2; taken.has(createdRuleset); i++) createdRuleset = `${name}-recommended-${i}`
      const { runId } = await clients.quality.startRecommendation({ table, createdRuleset }, { signal })
      setRunId(runId)
    },
    { onError: (error) => notifyError('Rules could not be recommended', error) },
  )
  const [runId, setRunId] = useState<string | null>(null)
  const run = useFeed((clients, signal) => clients.quality.watchRuns({}, { signal }), [], {
    initial: null as QualityRun | null,
    fold: (known: QualityRun | null, item) =>
      item.table.table === name && item.table.database === database && item.table.engine === engine ? item : known,
  }).data
  // A run of this table has ended: its rulesets may be more.
  const settled = useCall(
    (clients, signal) => clients.quality.listRulesets({ table }, { signal }),
    [...key, run?.endedMs, run?.runId, rulesets.data],
  )
  const cancel = useAction((clients, signal, id: string) => clients.quality.cancelRun({ runId: id }, { signal }))
  const list = settled.data ?? rulesets.data
  if (rulesets.error && !list) return <ErrorView title="The rulesets cannot be listed" error={rulesets.error} />
  if (!list) return <Loading />
  const recommending = run !== null && run.runId === runId && run.kind === 'recommendation' && run.endedMs === undefined
  const ruleset = list.find((each) => each.name === chosen) ?? list[0]
  const buttons = (
    <>
      <Button size="s" icon={<Sparkles size={13} />} disabled={recommending} onClick={() => void recommend.run()}>
        Recommend rules
      </Button>
      <Button size="s" icon={<Plus size={13} />} onClick={() => setCreating(true)}>
        New ruleset
      </Button>
    </>
  )
  return (
    <div className={styles.pane}>
      {ruleset && (
        <Toolbar label="Rulesets">
          <Select
            label="Ruleset"
            className={styles.ruleset}
            value={ruleset.name}
            onChange={choose}
            options={list.map((each) => ({ value: each.name, label: each.name }))}
          />
          <ToolbarSpace />
          {buttons}
        </Toolbar>
      )}
      {recommending && (
        <div className={styles.work}>
          <Progress value={run.progress} label={`Measuring ${name}`} onCancel={() => void cancel.run(run.runId)} />
        </div>
      )}
      {ruleset ? (
        <RulesetPane key={ruleset.name} ruleset={ruleset} table={table} columns={columns} onChanged={rulesets.reload} />
      ) : (
        !recommending && (
          <EmptyState icon={<ShieldCheck size={18} />} title="No data quality rules yet" actions={buttons}>
            Rules say what must hold of the table, in DQDL; a run tells which do, with some of the rows that do not.
          </EmptyState>
        )
      )}
      <NameDialog
        open={creating}
        title="New ruleset"
        label="Name"
        action="Create"
        error={create.error?.message}
        pending={create.pending}
        onClose={() => setCreating(false)}
        onDone={(made) => void create.run(made)}
      />
    </div>
  )
}
