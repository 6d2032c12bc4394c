import { ArrowDown, ArrowUp, CalendarDays, Hash, Settings2, Type, X } from 'lucide-react'
import { useState } from 'react'
import type { Visual, VisualField, VisualRole } from '../../../../engines/bi/dashboard.ts'
import type { Column } from '../../../../engines/kit/pure/table.ts'
import { Button, Combobox, cx, Field, IconButton, Input, Popover, Select } from '../../../ui/index.ts'
import { AGGREGATES, type Aggregate, fieldLabel, isDate, isMeasure, isNumeric, wordsOf } from '../model/fields.ts'
import { formatPattern, GRAINS, type Grain } from '../model/format.ts'
import { DRAG_TYPE, editField, moveField, placeField, readDrag, removeField } from '../model/wells.ts'
import styles from './editor.module.css'

type Change = (label: string, edit: (visual: Visual) => Visual, merge?: string | null) => void

const GRAIN_WORDS: Record<Grain, string> = {
  YEAR: 'Year',
  QUARTER: 'Quarter',
  MONTH: 'Month',
  WEEK: 'Week',
  DAY: 'Day',
  HOUR: 'Hour',
  MINUTE: 'Minute',
}

const FORMATS = ['#,##0', '#,##0.0', '#,##0.00', '0.0%', '$#,##0', '$#,##0.00']

export function ColumnIcon({ column }: { column: Column }) {
  const Icon = isDate(column) ? CalendarDays : isNumeric(column) ? Hash : Type
  return <Icon size={13} aria-hidden color={isMeasure(column) ? 'var(--green)' : 'var(--accent)'} />
}

/** A place for fields: they are dropped on it, or chosen from its list by the keyboard. */
export function FieldWell({
  visual,
  well,
  columns,
  onChange,
}: {
  visual: Visual
  well: VisualRole
  columns: readonly Column[]
  onChange: Change
}) {
  const [over, setOver] = useState(false)
  const uses = visual.fields[well.role] ?? []
  const add = (name: string) => {
    const column = columns.find((its) => its.name === name) ?? null
    if (column || name === '*') onChange('Add field', (its) => placeField(its, column, well.role))
  }
  const wanted = uses.length < well.min
  const sorted = [...columns].sort(
    (a, b) => Number(isMeasure(b) === (well.takes === 'measure')) - Number(isMeasure(a) === (well.takes === 'measure')),
  )
  const options = [
    ...(well.takes === 'measure' ? [{ value: '*', label: 'Count of rows' }] : []),
    ...sorted.map((column) => ({
      value: column.name,
      label: wordsOf(column.name),
      detail: column.type,
      icon: <ColumnIcon column={column} />,
    })),
  ]
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what is dropped here is also in the list below
    <div
      className={cx(styles.well, over && styles.wellOver)}
      data-well={well.role}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        const field = readDrag(event.dataTransfer.getData(DRAG_TYPE))
        if (field?.dataSet === visual.dataSet) add(field.column)
      }}
    >
      <div className={styles.wellTitle}>
        {well.title}
        <span>{wanted ? 'needs a field' : well.max > 1 ? `${uses.length} of ${well.max}` : ''}</span>
      </div>
      {keyed(uses).map(({ key, use, index }) => (
        <FieldRow
          key={key}
          use={use}
          column={columns.find(({ name }) => name === use.column)}
          visual={visual}
          well={well}
          index={index}
          onChange={onChange}
        />
      ))}
      {uses.length < well.max && (
        <Combobox
          label={`Add to ${well.title}`}
          value=""
          placeholder={`Add a ${well.takes}…`}
          options={options}
          onChange={add}
        />
      )}
    </div>
  )
}

/** Fields have no identity but their column and their place. */
const keyed = (uses: readonly VisualField[]) =>
  uses.map((use, index) => ({ key: `${use.column} ${index}`, use, index }))

interface RowProps {
  use: VisualField
  column: Column | undefined
  visual: Visual
  well: VisualRole
  index: number
  onChange: Change
}

function FieldRow({ use, column, visual, well, index, onChange }: RowProps) {
  const label = fieldLabel(use)
  const edit = (change: (its: VisualField) => VisualField, merge: string | null = null) =>
    onChange(
      'Change field',
      (its) => editField(its, well.role, index, change),
      merge && `${merge}:${well.role}:${index}`,
    )
  const unknown = use.column !== '*' && !column
  const count = visual.fields[well.role]?.length ?? 0
  return (
    <div
      className={cx(styles.field, unknown && styles.fieldBad)}
      title={unknown ? `The data set has no column ${use.column}` : use.column}
    >
      {column ? <ColumnIcon column={column} /> : <Hash size={13} aria-hidden />}
      <span className={styles.fieldName}>{label}</span>
      {use.aggregate && use.column !== '*' && (
        <Select
          quiet
          label={`Aggregate of ${label}`}
          className={styles.fieldChoice}
          value={use.aggregate}
          options={AGGREGATES.filter(({ numeric }) => !numeric || !column || isNumeric(column))}
          onChange={(aggregate: Aggregate) => edit((its) => ({ ...its, aggregate }))}
        />
      )}
      {!use.aggregate && column && isDate(column) && (
        <Select
          quiet
          label={`Granularity of ${label}`}
          className={styles.fieldChoice}
          value={use.granularity ?? 'NONE'}
          options={[
            ...GRAINS.map((grain) => ({ value: grain, label: GRAIN_WORDS[grain] })),
            { value: 'NONE' as const, label: 'As it is' },
          ]}
          onChange={(grain: Grain | 'NONE') =>
            edit(({ granularity: _, ...its }) => (grain === 'NONE' ? its : { ...its, granularity: grain }))
          }
        />
      )}
      <Popover
        title={label}
        width={264}
        align="end"
        trigger={<IconButton size="s" icon={<Settings2 size={13} />} label={`Settings of ${label}`} />}
      >
        <div className={styles.settings}>
          <Field label="Label">
            {({ invalid: _, ...ids }) => (
              <Input
                {...ids}
                value={use.label ?? ''}
                placeholder={label}
                onChange={(text) =>
                  edit(({ label: __, ...its }) => (text === '' ? its : { ...its, label: text }), 'label')
                }
              />
            )}
          </Field>
          {(use.aggregate || (column && isNumeric(column))) && (
            <Field
              label="Format"
              help={
                use.format ? `1234.5 reads ${formatPattern(1234.5, use.format)}` : 'Such as #,##0.0 or 0.0% or $#,##0'
              }
            >
              {({ invalid: _, ...ids }) => (
                <Combobox
                  {...ids}
                  free
                  mono
                  placeholder="chosen by the visual"
                  value={use.format ?? ''}
                  options={FORMATS.map((value) => ({ value, label: value, detail: formatPattern(1234.5, value) }))}
                  onChange={(format) =>
                    edit(({ format: __, ...its }) => (format === '' ? its : { ...its, format }), 'format')
                  }
                />
              )}
            </Field>
          )}
          {count > 1 && (
            <div className={styles.moves}>
              <Button
                size="s"
                icon={<ArrowUp size={13} />}
                disabled={index === 0}
                onClick={() => onChange('Move field', (its) => moveField(its, well.role, index, -1))}
              >
                Up
              </Button>
              <Button
                size="s"
                icon={<ArrowDown size={13} />}
                disabled={index === count - 1}
                onClick={() => onChange('Move field', (its) => moveField(its, well.role, index, 1))}
              >
                Down
              </Button>
            </div>
          )}
        </div>
      </Popover>
      <IconButton
        size="s"
        icon={<X size={13} />}
        label={`Remove ${label}`}
        onClick={() => onChange('Remove field', (its) => removeField(its, well.role, index))}
      />
    </div>
  )
}
