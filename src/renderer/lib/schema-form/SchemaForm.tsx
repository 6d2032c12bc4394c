import { Plus, X } from 'lucide-react'
import { type ComponentType, type ReactNode, useMemo, useState } from 'react'
import type { z } from 'zod'
import type { FieldHints } from '../../../engines/pipeline/nodes/define.ts'
import {
  Button,
  Combobox,
  Field,
  IconButton,
  Input,
  NumberInput,
  type Option,
  Section,
  Select,
  Switch,
  TextArea,
} from '../../ui/index.ts'
import { describeFields, type FieldDescription, fieldErrors } from './describe.ts'
import styles from './SchemaForm.module.css'

export type FieldEditor = NonNullable<FieldHints['editor']>

export interface EditorProps {
  id: string
  value: string
  onChange: (value: string) => void
  field: FieldDescription
  invalid: boolean
}

export interface SchemaFormProps {
  schema: z.ZodObject
  value: Readonly<Record<string, unknown>>
  /** The whole new value, and the name of the top field that changed. */
  onChange: (value: Record<string, unknown>, field: string) => void
  /** Problems found elsewhere; `field` is a path such as `columns.2.name`. They win over the schema's own. */
  problems?: readonly { field?: string | undefined; message: string }[]
  /** Existing names for editors that name a resource: streams, buckets, tables. */
  choices?: Partial<Record<FieldEditor, readonly Option[]>>
  /** Better editors than a text box, such as one for SQL. */
  editors?: Partial<Record<FieldEditor, ComponentType<EditorProps>>>
  disabled?: boolean
}

const MULTILINE = new Set<FieldEditor | undefined>(['multiline', 'sql', 'javascript', 'expression'])
const NAMES = new Set<FieldEditor | undefined>([
  'stream',
  'function',
  'bucket',
  'database',
  'table',
  'dataset',
  'dashboard',
  'file',
])

/** A form drawn from a zod object: labels, help and units from its hints, each error at its field. */
export function SchemaForm(props: SchemaFormProps) {
  const { schema, value, problems = [] } = props
  const fields = useMemo(() => describeFields(schema), [schema])
  const errors = useMemo(() => {
    const found = fieldErrors(schema, value)
    for (const problem of problems) if (problem.field) found[problem.field] = problem.message
    return found
  }, [schema, value, problems])
  const sections = useMemo(() => groupBy(fields, (field) => field.hints.section ?? ''), [fields])
  const general = problems.filter((problem) => !problem.field)
  const draw = (field: FieldDescription) => (
    <FieldView
      key={field.name}
      field={field}
      path={field.name}
      value={value[field.name]}
      onChange={(next) => props.onChange(assign(value, field.name, next), field.name)}
      errors={errors}
      form={props}
    />
  )
  return (
    <div className={styles.form}>
      {general.map((problem) => (
        <p key={problem.message} role="alert" className={styles.general}>
          {problem.message}
        </p>
      ))}
      {[...sections].map(([title, list]) =>
        title === '' ? (
          <div key="" className={styles.fields}>
            {list.map(draw)}
          </div>
        ) : (
          <Section key={title} title={title}>
            {list.map(draw)}
          </Section>
        ),
      )}
    </div>
  )
}

interface ViewProps {
  field: FieldDescription
  path: string
  value: unknown
  onChange: (value: unknown) => void
  errors: Readonly<Record<string, string>>
  form: SchemaFormProps
}

function FieldView(props: ViewProps) {
  const { field, path, errors, value } = props
  const shown = value === undefined ? field.fallback : value
  if (field.kind === 'object' || field.kind === 'variant' || field.kind === 'table')
    return (
      <fieldset className={styles.group} disabled={props.form.disabled}>
        <legend>{field.label}</legend>
        {field.hints.help && <p className={styles.help}>{field.hints.help}</p>}
        {errors[path] && (
          <p role="alert" className={styles.general}>
            {errors[path]}
          </p>
        )}
        {field.kind === 'table' ? <RowsView {...props} value={shown} /> : <ObjectView {...props} value={shown} />}
      </fieldset>
    )
  return (
    <Field
      label={field.label}
      help={field.hints.help}
      error={errors[path]}
      required={!field.optional && !field.nullable && field.kind !== 'boolean'}
      row={field.kind === 'boolean'}
    >
      {(ids) => <Control {...props} value={shown} ids={ids} />}
    </Field>
  )
}

type Ids = { id: string; 'aria-describedby': string | undefined; invalid: boolean }

function Control({ field, value, onChange, form, ids }: ViewProps & { ids: Ids }): ReactNode {
  const { invalid, id } = ids
  const described = ids['aria-describedby']
  const common = { id, 'aria-describedby': described, disabled: form.disabled }
  const { editor, placeholder, unit } = field.hints
  switch (field.kind) {
    case 'boolean':
      return <Switch {...common} checked={value === true} onChange={onChange} />
    case 'number':
      return (
        <NumberInput
          {...common}
          invalid={invalid}
          unit={unit}
          placeholder={field.nullable ? (placeholder ?? 'none') : placeholder}
          min={field.min}
          max={field.max}
          value={typeof value === 'number' ? value : null}
          onChange={(next) => onChange(next === null && !field.nullable ? undefined : next)}
        />
      )
    case 'choice':
      return (
        <Select
          {...common}
          invalid={invalid}
          options={field.options ?? []}
          value={value === undefined || value === null ? null : String(value)}
          onChange={onChange}
        />
      )
    case 'list':
      return <ListControl field={field} value={value} onChange={onChange} ids={ids} disabled={form.disabled} />
    case 'record':
    case 'json':
      return <JsonControl value={value} onChange={onChange} ids={ids} disabled={form.disabled} />
    default:
      break
  }
  const text = typeof value === 'string' ? value : ''
  const change = (next: string) =>
    onChange(
      next === '' && (field.nullable || (field.optional && field.fallback === undefined))
        ? field.nullable
          ? null
          : undefined
        : next,
    )
  const Editor = editor && form.editors?.[editor]
  if (Editor) return <Editor id={id} value={text} onChange={change} field={field} invalid={invalid} />
  if (NAMES.has(editor))
    return (
      <Combobox
        {...common}
        free
        invalid={invalid}
        placeholder={placeholder}
        options={(editor && form.choices?.[editor]) ?? []}
        value={text}
        onChange={change}
      />
    )
  if (MULTILINE.has(editor))
    return (
      <TextArea
        {...common}
        mono={editor !== 'multiline'}
        rows={editor === 'expression' ? 2 : 5}
        invalid={invalid}
        placeholder={placeholder}
        value={text}
        onChange={change}
      />
    )
  return <Input {...common} unit={unit} invalid={invalid} placeholder={placeholder} value={text} onChange={change} />
}

/** A list of words, one per line of text: quick to type and to paste. */
function ListControl({
  field,
  value,
  onChange,
  ids,
  disabled,
}: {
  field: FieldDescription
  value: unknown
  onChange: (value: unknown) => void
  ids: Ids
  disabled?: boolean | undefined
}) {
  const items = Array.isArray(value) ? value : []
  const numeric = field.item?.kind === 'number'
  const [text, setText] = useState(items.join('\n'))
  const parse = (lines: string) =>
    lines
      .split(/[\n,]/)
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line) => (numeric && Number.isFinite(Number(line)) ? Number(line) : line))
  const current = JSON.stringify(parse(text)) === JSON.stringify(items) ? text : items.join('\n')
  return (
    <TextArea
      id={ids.id}
      aria-describedby={ids['aria-describedby']}
      disabled={disabled}
      invalid={ids.invalid}
      mono
      rows={Math.max(2, Math.min(8, items.length + 1))}
      placeholder={field.hints.placeholder ?? 'One per line'}
      value={current}
      onChange={(next) => {
        setText(next)
        onChange(parse(next))
      }}
    />
  )
}

/** Whatever has no form of its own, as JSON; taken once it parses. */
function JsonControl({
  value,
  onChange,
  ids,
  disabled,
}: {
  value: unknown
  onChange: (value: unknown) => void
  ids: Ids
  disabled?: boolean | undefined
}) {
  const [text, setText] = useState<string | null>(null)
  const [broken, setBroken] = useState(false)
  return (
    <TextArea
      id={ids.id}
      aria-describedby={ids['aria-describedby']}
      disabled={disabled}
      mono
      invalid={ids.invalid || broken}
      value={text ?? (value === undefined ? '' : JSON.stringify(value, null, 2))}
      onChange={(next) => {
        setText(next)
        try {
          onChange(next.trim() === '' ? undefined : JSON.parse(next))
          setBroken(false)
        } catch {
          setBroken(true)
        }
      }}
      onBlur={() => !broken && setText(null)}
    />
  )
}

function ObjectView(props: ViewProps) {
  const { field, path, value, onChange, errors, form } = props
  const object = isObject(value) ? value : {}
  const tag = field.discriminator ? String(object[field.discriminator] ?? field.options?.[0]?.value) : ''
  const fields = field.fields ?? field.variants?.[tag] ?? []
  return (
    <>
      {field.discriminator && (
        <Select
          label={field.label}
          options={field.options ?? []}
          value={tag}
          disabled={form.disabled}
          onChange={(next) => onChange({ [field.discriminator!]: next })}
        />
      )}
      {fields.map((inner) => (
        <FieldView
          key={inner.name}
          field={inner}
          path={`${path}.${inner.name}`}
          value={object[inner.name]}
          onChange={(next) =>
            onChange(assign(field.discriminator ? { ...object, [field.discriminator]: tag } : object, inner.name, next))
          }
          errors={errors}
          form={form}
        />
      ))}
    </>
  )
}

/** Rows of small objects: one line each, with a way to add and remove. */
function RowsView(props: ViewProps) {
  const { field, path, value, onChange, errors, form } = props
  const rows = Array.isArray(value) ? (value as Record<string, unknown>[]) : []
  const fields = field.fields ?? []
  const fresh = () => Object.fromEntries(fields.map((inner) => [inner.name, inner.fallback ?? startOf(inner)]))
  return (
    <>
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
        <div key={index} className={styles.row}>
          <div className={styles.cells}>
            {fields.map((inner) => (
              <FieldView
                key={inner.name}
                field={inner}
                path={`${path}.${index}.${inner.name}`}
                value={row[inner.name]}
                onChange={(next) => onChange(rows.with(index, assign(row, inner.name, next)))}
                errors={errors}
                form={form}
              />
            ))}
          </div>
          <IconButton
            size="s"
            icon={<X size={14} />}
            label={`Remove row ${index + 1} of ${field.label}`}
            disabled={form.disabled}
            onClick={() => onChange(rows.filter((_, other) => other !== index))}
          />
        </div>
      ))}
      <div>
        <Button
          size="s"
          icon={<Plus size={13} />}
          disabled={form.disabled}
          onClick={() => onChange([...rows, fresh()])}
        >
          Add
        </Button>
      </div>
    </>
  )
}

function startOf(field: FieldDescription): unknown {
  if (field.optional) return undefined
  if (field.nullable) return null
  return { text: '', number: field.min ?? 0, boolean: false, choice: field.options?.[0]?.value, list: [], table: [] }[
    field.kind as 'text'
  ]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function assign(object: Readonly<Record<string, unknown>>, name: string, value: unknown): Record<string, unknown> {
  const { [name]: _, ...rest } = object
  return value === undefined ? rest : { ...object, [name]: value }
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return groups
}
