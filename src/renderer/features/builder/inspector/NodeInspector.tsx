import { ArrowUpRight, PinOff, Play } from 'lucide-react'
import { useEffect, useMemo, useRef } from 'react'
import { nodeKind } from '../../../../engines/pipeline/nodes/index.ts'
import { formatBytes, formatCompact, formatDuration, formatNumber, SchemaForm, useChoices } from '../../../lib/index.ts'
import { Button, ErrorView, Field, Input, PropertyList, Section, StateDot, shapeOf } from '../../../ui/index.ts'
import { useActions } from '../actions.ts'
import { ExpressionField, JavaScriptField, SqlField } from '../code/fields.tsx'
import { useBuilder, useNodeView, useProblemsAt, useRun, useUi } from '../context.ts'
import { iconOf } from '../icons.ts'
import { setTitle } from '../model/edit.ts'
import type { Node } from '../model/items.ts'
import { titleOf } from '../model/ports.ts'
import { isActive, type NodeView } from '../model/run-view.ts'
import styles from './Inspector.module.css'

const EDITORS = { sql: SqlField, javascript: JavaScriptField, expression: ExpressionField }

export function NodeInspector({ node }: { node: Node }) {
  const { session } = useBuilder()
  const kind = nodeKind(node.kind)
  const problems = useProblemsAt(node.id)
  const choices = useChoices()
  const view = useNodeView(node.id)
  const active = isActive(useRun())
  const form = useRef<HTMLDivElement>(null)
  const wanted = useUi((ui) => ui.wantedField)
  useEffect(() => {
    if (wanted?.node !== node.id || !kind) return
    const index = Object.keys(kind.config.shape).indexOf(wanted.field.split('.')[0])
    focusField(form.current, index, kind.config.shape)
  }, [wanted, node.id, kind])
  const Icon = iconOf(kind?.icon)
  const stale = useUi((ui) => ui.stale.nodes.has(node.id))
  // What failed at a setting stands at that setting, until it is changed.
  const failed = stale ? undefined : view?.error
  const shown = useMemo(
    () => [
      ...problems.map(({ field, message }) => ({ field, message })),
      ...(failed?.at?.field !== undefined ? [{ field: failed.at.field, message: failed.message }] : []),
    ],
    [problems, failed],
  )
  return (
    <div ref={form}>
      <header className={styles.header}>
        <Icon size={18} aria-hidden />
        <div>
          <h2>{titleOf(node)}</h2>
          <p>{kind ? [kind.title, kind.service].filter(Boolean).join(' · ') : `Unknown kind “${node.kind}”`}</p>
        </div>
      </header>
      {kind && <p className={styles.summary}>{kind.summary}</p>}
      <NodeButtons node={node} />
      {view?.error && view.error.at?.field === undefined && (
        <div className={styles.fields}>
          <ErrorView compact title="This node failed" error={view.error} />
        </div>
      )}
      {view && <RunNumbers view={view} stale={stale} />}
      {active && <p className={styles.hint}>A run is going: changes take effect with the next one.</p>}
      <div className={styles.fields}>
        <Field label="Title" help="Empty: the kind's own name.">
          {({ invalid, ...ids }) => (
            <Input
              {...ids}
              invalid={invalid}
              placeholder={kind?.title}
              value={node.title ?? ''}
              onChange={(title) => session.apply('Rename node', (d) => setTitle(d, node.id, title), `title ${node.id}`)}
              onBlur={() => session.settle()}
            />
          )}
        </Field>
      </div>
      {kind && (
        // biome-ignore lint/a11y/noStaticElementInteractions: it hears that a field was left, and does nothing itself
        <div onBlur={() => session.settle()}>
          <SchemaForm
            schema={kind.config}
            value={node.config}
            problems={shown}
            choices={choices}
            editors={EDITORS}
            onChange={(config, field) =>
              session.apply(
                'Change setting',
                (d) => ({ ...d, nodes: d.nodes.map((n) => (n.id === node.id ? { ...n, config } : n)) }),
                `config ${node.id} ${field}`,
              )
            }
          />
        </div>
      )}
    </div>
  )
}

function NodeButtons({ node }: { node: Node }) {
  const actions = useActions()
  const active = isActive(useRun())
  const pinned = useUi((ui) => ui.pins.get(node.id))
  const resource = actions.resourceOf(node)
  return (
    <div className={styles.buttons}>
      <Button size="s" icon={<Play size={13} />} disabled={active} onClick={() => actions.run(node.id)}>
        Run from here
      </Button>
      {resource && (
        <Button size="s" icon={<ArrowUpRight size={13} />} onClick={resource.open}>
          {resource.title}
        </Button>
      )}
      {pinned !== undefined && (
        <Button size="s" icon={<PinOff size={13} />} onClick={() => actions.unpin(node.id)}>
          Unpin {formatNumber(pinned)} rows
        </Button>
      )}
    </div>
  )
}

function RunNumbers({ view, stale }: { view: NodeView; stale: boolean }) {
  return (
    <Section title={stale ? 'The run, of an earlier version' : 'This run'}>
      <PropertyList
        items={[
          ['State', <StateDot key="state" state={shapeOf(view.state)} text={view.state} />],
          ['Rows in', formatNumber(view.rowsIn)],
          ['Rows out', formatNumber(view.rowsOut)],
          view.rowsFiltered > 0 && ['Filtered', formatNumber(view.rowsFiltered)],
          view.rowsFailed > 0 && ['Failed', formatNumber(view.rowsFailed)],
          ['Bytes in, out', `${formatBytes(view.bytesIn)}, ${formatBytes(view.bytesOut)}`],
          view.rateIn + view.rateOut > 0 && [
            'Rate in, out',
            `${formatCompact(view.rateIn)}, ${formatCompact(view.rateOut)} rows/s`,
          ],
          view.pressure > 0 && [
            'Pressure',
            `${Math.round(view.pressure * 100)} %${view.bottleneck ? ', slows what comes before it' : ''}`,
          ],
          view.etaMs !== null && ['Time left', formatDuration(view.etaMs)],
          view.warning !== undefined && ['Tries again', view.warning],
          view.note !== undefined && ['Note', view.note],
        ]}
      />
    </Section>
  )
}

/** Labels stand in the order of the schema: the field's place among them is its control. */
function focusField(form: HTMLElement | null, index: number, shape: Record<string, unknown>): void {
  if (!form || index < 0) return
  const name = Object.keys(shape)[index]
  requestAnimationFrame(() => {
    const broken = form.querySelector<HTMLElement>('[aria-invalid=true], [role=alert] ~ *')
    const label = [...form.querySelectorAll('label')].find((l) =>
      l.textContent?.toLowerCase().includes(name.toLowerCase()),
    )
    const target = broken ?? (label && document.getElementById(label.htmlFor))
    target?.scrollIntoView({ block: 'center' })
    if (target instanceof HTMLElement) target.focus()
  })
}
