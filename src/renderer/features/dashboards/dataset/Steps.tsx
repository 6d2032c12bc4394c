import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react'
import type { PrepareStep } from '../../../../engines/bi/contract.ts'
import type { Column } from '../../../../engines/kit/pure/table.ts'
import { useCall } from '../../../lib/index.ts'
import { Button, Combobox, cx, IconButton, Input, Menu, Select } from '../../../ui/index.ts'
import styles from './dataset.module.css'

const WORDS: Record<PrepareStep['type'], string> = {
  rename: 'Rename',
  cast: 'Change type',
  filter: 'Keep rows where',
  calculate: 'Calculate',
  hide: 'Hide',
  join: 'Join',
}

function startStep(type: PrepareStep['type']): PrepareStep {
  switch (type) {
    case 'rename':
      return { type, column: '', to: '' }
    case 'cast':
      return { type, column: '', to: 'decimal' }
    case 'filter':
      return { type, expression: '' }
    case 'calculate':
      return { type, column: '', expression: '' }
    case 'hide':
      return { type, column: '' }
    case 'join':
      return { type, dataSet: '', kind: 'left', on: [{ left: '', right: '' }] }
  }
}

interface StepsProps {
  steps: readonly PrepareStep[]
  columns: readonly Column[]
  dataSet: string
  error: { index: number; message: string } | undefined
  onChange: (steps: PrepareStep[]) => void
}

/** The steps of preparation, in the order in which they act. */
export function Steps({ steps, columns, dataSet, error, onChange }: StepsProps) {
  const set = (index: number, step: PrepareStep) => onChange(steps.map((its, at) => (at === index ? step : its)))
  const move = (index: number, by: number) => {
    const next = [...steps]
    const [step] = next.splice(index, 1)
    next.splice(index + by, 0, step)
    onChange(next)
  }
  return (
    <div className={styles.steps}>
      {steps.length === 0 && (
        <p className={styles.hint}>Rename, retype, filter, calculate or hide columns before they are kept.</p>
      )}
      <ol className={styles.stepList}>
        {steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps have no identity but their place
          <li key={index} className={cx(styles.step, error?.index === index && styles.stepBad)}>
            <span className={styles.stepWord}>{WORDS[step.type]}</span>
            <StepForm step={step} columns={columns} dataSet={dataSet} onChange={(next) => set(index, next)} />
            <span className={styles.stepActions}>
              <IconButton
                size="s"
                icon={<ArrowUp size={13} />}
                label={`Move step ${index + 1} up`}
                disabled={index === 0}
                onClick={() => move(index, -1)}
              />
              <IconButton
                size="s"
                icon={<ArrowDown size={13} />}
                label={`Move step ${index + 1} down`}
                disabled={index === steps.length - 1}
                onClick={() => move(index, 1)}
              />
              <IconButton
                size="s"
                icon={<X size={13} />}
                label={`Remove step ${index + 1}`}
                onClick={() => onChange(steps.filter((_, at) => at !== index))}
              />
            </span>
            {error?.index === index && (
              <p role="alert" className={styles.stepError}>
                {error.message}
              </p>
            )}
          </li>
        ))}
      </ol>
      <Menu
        trigger={
          <Button size="s" icon={<Plus size={13} />}>
            Add step
          </Button>
        }
        items={(Object.keys(WORDS) as PrepareStep['type'][]).map((type) => ({
          title: WORDS[type],
          onSelect: () => onChange([...steps, startStep(type)]),
        }))}
      />
    </div>
  )
}

type FormProps = {
  step: PrepareStep
  columns: readonly Column[]
  dataSet: string
  onChange: (step: PrepareStep) => void
}

function StepForm({ step, columns, dataSet, onChange }: FormProps) {
  const names = columns.map(({ name, type }) => ({ value: name, label: name, detail: type }))
  const column = (value: string, change: (next: string) => void, label = 'Column') => (
    <Combobox
      free
      mono
      label={label}
      placeholder="column"
      className={styles.stepColumn}
      value={value}
      options={names}
      onChange={change}
    />
  )
  const expression = (value: string, change: (next: string) => void, placeholder: string) => (
    <Input
      mono
      aria-label="Expression"
      className={styles.stepWide}
      placeholder={placeholder}
      value={value}
      onChange={change}
    />
  )
  switch (step.type) {
    case 'rename':
      return (
        <>
          {column(step.column, (next) => onChange({ ...step, column: next }))}
          <span className={styles.note}>to</span>
          <Input
            mono
            aria-label="New name"
            className={styles.stepColumn}
            placeholder="new name"
            value={step.to}
            onChange={(to) => onChange({ ...step, to })}
          />
        </>
      )
    case 'cast':
      return (
        <>
          {column(step.column, (next) => onChange({ ...step, column: next }))}
          <span className={styles.note}>to</span>
          <Select
            label="Type"
            value={step.to}
            options={(['string', 'integer', 'decimal', 'datetime'] as const).map((value) => ({ value, label: value }))}
            onChange={(to: typeof step.to) => onChange({ ...step, to })}
          />
        </>
      )
    case 'filter':
      return expression(
        step.expression,
        (next) => onChange({ ...step, expression: next }),
        '{distance} > 500 AND {state} = "CA"',
      )
    case 'calculate':
      return (
        <>
          <Input
            mono
            aria-label="Name of the field"
            className={styles.stepColumn}
            placeholder="field"
            value={step.column}
            onChange={(next) => onChange({ ...step, column: next })}
          />
          <span className={styles.note}>=</span>
          {expression(step.expression, (next) => onChange({ ...step, expression: next }), 'ifelse({delay} > 15, 1, 0)')}
        </>
      )
    case 'hide':
      return column(step.column, (next) => onChange({ ...step, column: next }))
    case 'join':
      return <JoinForm step={step} columns={columns} dataSet={dataSet} onChange={onChange} />
  }
}

function JoinForm({
  step,
  columns,
  dataSet,
  onChange,
}: Omit<FormProps, 'step'> & { step: Extract<PrepareStep, { type: 'join' }> }) {
  const sets = useCall((clients, signal) => clients.bi.listDataSets({}, { signal }), [])
  const others = (sets.data ?? []).filter(({ id }) => id !== dataSet)
  const other = others.find(({ id }) => id === step.dataSet)
  const on = step.on[0] ?? { left: '', right: '' }
  return (
    <>
      <Select
        label="Kind of join"
        value={step.kind}
        options={(['inner', 'left', 'right', 'full'] as const).map((value) => ({ value, label: value }))}
        onChange={(kind: typeof step.kind) => onChange({ ...step, kind })}
      />
      <Combobox
        label="Data set"
        placeholder="data set"
        className={styles.stepColumn}
        value={step.dataSet}
        options={others.map(({ id, name }) => ({ value: id, label: name }))}
        onChange={(next) => onChange({ ...step, dataSet: next })}
      />
      <span className={styles.note}>on</span>
      <Combobox
        free
        mono
        label="Column here"
        placeholder="column here"
        className={styles.stepColumn}
        value={on.left}
        options={columns.map(({ name }) => ({ value: name, label: name }))}
        onChange={(left) => onChange({ ...step, on: [{ ...on, left }, ...step.on.slice(1)] })}
      />
      <span className={styles.note}>=</span>
      <Combobox
        free
        mono
        label="Column there"
        placeholder="column there"
        className={styles.stepColumn}
        value={on.right}
        options={(other?.columns ?? []).map(({ name }) => ({ value: name, label: name }))}
        onChange={(right) => onChange({ ...step, on: [{ ...on, right }, ...step.on.slice(1)] })}
      />
    </>
  )
}
