import { CircleDot, CircleOff } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { type FieldDescription, formatBytes, formatNumber, formatRate } from '../../../lib/index.ts'
import { Button, PropertyList, Section } from '../../../ui/index.ts'
import { useActions } from '../actions.ts'
import { ExpressionField } from '../code/fields.tsx'
import { useDocument, useNodeView, useProblemsAt, useUi, useWireView } from '../context.ts'
import { countMatches } from '../model/condition.ts'
import { type Wire, wireKey } from '../model/items.ts'
import { findPort, PORT_WORDS, titleOf } from '../model/ports.ts'
import { useRows } from '../panes/useRows.ts'
import styles from './Inspector.module.css'

const CONDITION = {
  name: 'condition',
  kind: 'text',
  label: 'Stop at rows where',
  hints: { placeholder: "amount > 100 AND country = 'DE'" },
  optional: true,
  nullable: false,
  fallback: '',
} satisfies FieldDescription

export function WireInspector({ wire }: { wire: Wire }) {
  const document = useDocument()
  const view = useWireView(wire.id)
  const receiver = useNodeView(wire.to.node)
  const problems = useProblemsAt(wireKey(wire.id))
  const from = findPort(document, wire.from, 'outputs')
  const to = findPort(document, wire.to, 'inputs')
  return (
    <>
      <header className={styles.header}>
        <div>
          <h2>
            {from ? titleOf(from.node) : wire.from.node} → {to ? titleOf(to.node) : wire.to.node}
          </h2>
          <p>Carries {from ? PORT_WORDS[from.port.type] : 'nothing that is known'}</p>
        </div>
      </header>
      {problems.map((problem) => (
        <p key={problem.message} role="alert" className={styles.problem}>
          {problem.message}
        </p>
      ))}
      {view && (
        <Section title="This run">
          <PropertyList
            items={[
              ['Rows', formatNumber(view.rows)],
              ['Bytes', formatBytes(view.bytes)],
              ['Rate', formatRate(view.rate, 'rows')],
              ['Full', `${Math.round(view.pressure * 100)} % of the time`],
              receiver?.note !== undefined && [to ? titleOf(to.node) : wire.to.node, receiver.note],
            ]}
          />
        </Section>
      )}
      <Section title="Breakpoint">
        <Breakpoint wire={wire} />
      </Section>
    </>
  )
}

function Breakpoint({ wire }: { wire: Wire }) {
  const actions = useActions()
  const condition = useUi((ui) => ui.breakpoints.get(wire.id))
  const wanted = useUi((ui) => ui.wantedCondition)
  const [text, setText] = useState(condition ?? '')
  const box = useRef<HTMLDivElement>(null)
  const { rows, columns } = useRows({ wire: wire.id })
  const objects = useMemo(
    () => rows.map((row) => Object.fromEntries(columns.map((c, i) => [c.name, row[i]]))),
    [rows, columns],
  )
  const names = useMemo(() => columns.map((c) => c.name), [columns])
  useEffect(() => setText(condition ?? ''), [condition])
  useEffect(() => {
    if (wanted > 0) setTimeout(() => box.current?.querySelector('textarea')?.focus(), 50)
  }, [wanted])
  if (condition === undefined)
    return (
      <div>
        <Button size="s" icon={<CircleDot size={13} />} onClick={() => actions.toggleBreakpoint([wire.id])}>
          Add breakpoint
        </Button>
        <p className={styles.hint}>Stops the run at a row on this wire, at every row or by a condition.</p>
      </div>
    )
  const matches = countMatches(text, objects)
  const changed = text !== condition
  return (
    <div ref={box} className={styles.fieldset}>
      <span className={styles.label}>Stop at rows where</span>
      <ExpressionField
        id={`condition-${wire.id}`}
        value={text}
        onChange={setText}
        field={CONDITION}
        invalid={false}
        columns={names}
      />
      <p className={styles.hint}>
        {text.trim() === ''
          ? 'Empty: every row.'
          : matches !== null && rows.length > 0 && `${matches} of the last ${rows.length} rows would stop.`}
      </p>
      <div className={styles.row}>
        <Button
          size="s"
          variant="primary"
          disabled={!changed || (text.trim() !== '' && matches === null)}
          onClick={() => actions.setCondition(wire.id, text.trim())}
        >
          Set condition
        </Button>
        <Button size="s" icon={<CircleOff size={13} />} onClick={() => actions.toggleBreakpoint([wire.id])}>
          Remove
        </Button>
      </div>
    </div>
  )
}
