import { ChevronDown } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import type { Control } from '../../../../engines/bi/dashboard.ts'
import type { Cell, Column } from '../../../../engines/kit/pure/table.ts'
import { useCall } from '../../../lib/index.ts'
import { Button, Checkbox, Combobox, Input, NumberInput, Popover, SearchInput, Spinner } from '../../../ui/index.ts'
import { formatDimension } from '../model/format.ts'
import styles from './canvas.module.css'

interface ControlProps {
  control: Control
  column: Column | undefined
  value: readonly Cell[]
  onChange: (value: readonly Cell[]) => void
}

/** A filter that the reader sets. What is typed acts a moment after the last key. */
export function ControlView(props: ControlProps) {
  switch (props.control.kind) {
    case 'dropdown':
      return <Dropdown {...props} />
    case 'list':
      return <List {...props} />
    case 'text':
      return <Text {...props} />
    case 'range':
      return <Range {...props} />
    case 'dates':
      return <Dates {...props} />
  }
}

/** Nothing is asked of a data set that is not there. */
function useValues(control: Control, known: boolean, search = '') {
  return useCall(
    (clients, signal) =>
      known
        ? clients.bi.values({ dataSet: control.dataSet, column: control.column, search, limit: 200 }, { signal })
        : null,
    [control.dataSet, control.column, search, known],
  )
}

const ALL = ' all'

function Dropdown({ control, column, value, onChange }: ControlProps) {
  const values = useValues(control, column !== undefined)
  const known = values.data ?? []
  const current = value[0]
  const options = [
    { value: ALL, label: 'All' },
    ...(current !== undefined && !known.includes(current) ? [current, ...known] : known).map((cell) => ({
      value: JSON.stringify(cell),
      label: formatDimension(cell),
    })),
  ]
  return (
    <span className={styles.control}>
      <span className={styles.controlName}>{control.title}</span>
      <span style={{ width: 148 }}>
        <Combobox
          label={control.title}
          value={current === undefined ? ALL : JSON.stringify(current)}
          options={options}
          invalid={values.error !== undefined}
          onChange={(next) => onChange(next === ALL || next === '' ? [] : [JSON.parse(next) as Cell])}
        />
      </span>
    </span>
  )
}

function List({ control, column, value, onChange }: ControlProps) {
  const [search, setSearch] = useState('')
  const asked = useDelayed(search, 250)
  const values = useValues(control, column !== undefined, asked)
  const toggle = (cell: Cell) =>
    onChange(value.includes(cell) ? value.filter((other) => other !== cell) : [...value, cell])
  const said = value.length === 0 ? 'All' : value.length === 1 ? formatDimension(value[0]) : `${value.length} chosen`
  return (
    <span className={styles.control}>
      <span className={styles.controlName}>{control.title}</span>
      <Popover
        title={control.title}
        width={240}
        trigger={
          <Button size="s" aria-label={`${control.title}: ${said}`}>
            {said} <ChevronDown size={12} style={{ verticalAlign: -2 }} />
          </Button>
        }
      >
        <SearchInput label="Find a value" value={search} onChange={setSearch} />
        <div className={styles.checks}>
          {values.loading && !values.data && <Spinner label="Asking…" />}
          {values.error && <span>{values.error.message}</span>}
          {[...value.filter((cell) => !values.data?.includes(cell)), ...(values.data ?? [])].map((cell) => (
            <Checkbox key={JSON.stringify(cell)} checked={value.includes(cell)} onChange={() => toggle(cell)}>
              {formatDimension(cell)}
            </Checkbox>
          ))}
        </div>
        {value.length > 0 && (
          <Button size="s" onClick={() => onChange([])}>
            Choose all
          </Button>
        )}
      </Popover>
    </span>
  )
}

function Text({ control, value, onChange }: ControlProps) {
  const [text, setText] = useDraft(String(value[0] ?? ''), (next) => onChange(next === '' ? [] : [next]))
  const id = useId()
  return (
    <span className={styles.control}>
      <label htmlFor={id}>{control.title}</label>
      <Input id={id} value={text} onChange={setText} placeholder="contains…" style={{ width: 120 }} />
    </span>
  )
}

function Range({ control, value, onChange }: ControlProps) {
  const [range, setRange] = useDraft(JSON.stringify([value[0] ?? null, value[1] ?? null]), (next) =>
    onChange(compact(JSON.parse(next) as Cell[])),
  )
  const [from, to] = JSON.parse(range) as (number | null)[]
  return (
    <span className={styles.control}>
      <span className={styles.controlName}>{control.title}</span>
      <NumberInput
        aria-label={`${control.title} from`}
        placeholder="from"
        value={from}
        onChange={(next) => setRange(JSON.stringify([next, to]))}
        style={{ width: 72 }}
      />
      –
      <NumberInput
        aria-label={`${control.title} to`}
        placeholder="to"
        value={to}
        onChange={(next) => setRange(JSON.stringify([from, next]))}
        style={{ width: 72 }}
      />
    </span>
  )
}

function Dates({ control, value, onChange }: ControlProps) {
  const [from, to] = [String(value[0] ?? ''), String(value[1] ?? '')]
  const set = (a: string, b: string) => onChange(compact([a || null, b || null]))
  return (
    <span className={styles.control}>
      <span className={styles.controlName}>{control.title}</span>
      <Input
        type="date"
        aria-label={`${control.title} from`}
        value={from}
        max={to || undefined}
        onChange={(next) => set(next, to)}
      />
      –
      <Input
        type="date"
        aria-label={`${control.title} to`}
        value={to}
        min={from || undefined}
        onChange={(next) => set(from, next)}
      />
    </span>
  )
}

const compact = (values: readonly Cell[]) => (values.every((value) => value === null) ? [] : values)

/** What is being typed, told on after a pause; a value from outside wins. */
function useDraft(outside: string, tell: (value: string) => void): [string, (value: string) => void] {
  const [draft, setDraft] = useState(outside)
  useEffect(() => setDraft(outside), [outside])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is typed starts the pause
  useEffect(() => {
    if (draft === outside) return
    const timer = setTimeout(() => tell(draft), 350)
    return () => clearTimeout(timer)
  }, [draft])
  return [draft, setDraft]
}

function useDelayed(value: string, ms: number): string {
  const [delayed, setDelayed] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return delayed
}
