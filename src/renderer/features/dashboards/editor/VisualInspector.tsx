import { use } from 'react'
import { VISUAL_ROLES, type Visual, visualFields } from '../../../../engines/bi/dashboard.ts'
import { SchemaForm } from '../../../lib/index.ts'
import { cx, Field, Input, NumberInput, Section, Select, Tooltip } from '../../../ui/index.ts'
import { chartKinds, charts } from '../charts/index.ts'
import { DataSetsContext, useDashboard } from '../context.ts'
import { editVisual } from '../model/edit.ts'
import { autoTitle, fieldLabel, fitFields } from '../model/fields.ts'
import { withFields } from '../model/wells.ts'
import styles from './editor.module.css'
import { FieldWell } from './FieldWell.tsx'
import { FilterList } from './FilterList.tsx'

const NO_SORT = 'chosen by the visual'

/** All that a visual is: its kind, its fields, how it is filtered, sorted and drawn. */
export function VisualInspector({ visual }: { visual: Visual }) {
  const { session } = useDashboard()
  const { list, byId } = use(DataSetsContext)
  const columns = byId.get(visual.dataSet)?.columns ?? []
  const change = (label: string, edit: (its: Visual) => Visual, merge: string | null = null) =>
    session.apply(label, (document) => editVisual(document, visual.id, edit), merge && `${merge}:${visual.id}`)
  const chart = charts[visual.kind]
  const fields = visualFields(visual)
  const [sort] = visual.sort
  const sortKey = sort ? `${sort.role}:${sort.index}:${sort.descending}` : NO_SORT
  const sortChoices = [
    { value: NO_SORT, label: 'As the visual needs it' },
    ...fields.flatMap(({ role, index, use: its }) => [
      { value: `${role}:${index}:true`, label: `${fieldLabel(its)}, largest first` },
      { value: `${role}:${index}:false`, label: `${fieldLabel(its)}, smallest first` },
    ]),
  ]
  return (
    <>
      <Section title="Visual">
        <div className={styles.kinds} role="group" aria-label="Kind of visual">
          {chartKinds.map(({ kind, title, summary, icon: Icon }) => (
            <Tooltip key={kind} label={`${title}: ${summary.toLowerCase()}`}>
              <button
                type="button"
                aria-label={title}
                aria-pressed={visual.kind === kind}
                className={cx(styles.kind, visual.kind === kind && styles.kindOn)}
                onClick={() =>
                  kind !== visual.kind &&
                  change('Change kind', (its) => withFields(its, fitFields(its.fields, kind), kind))
                }
              >
                <Icon size={16} aria-hidden />
              </button>
            </Tooltip>
          ))}
        </div>
        <Field label="Title">
          {({ invalid: _, ...ids }) => (
            <Input
              {...ids}
              value={visual.title}
              placeholder={autoTitle(visual)}
              onChange={(title) => change('Edit title', (its) => ({ ...its, title }), 'title')}
            />
          )}
        </Field>
        <Field label="Subtitle">
          {({ invalid: _, ...ids }) => (
            <Input
              {...ids}
              value={visual.subtitle ?? ''}
              onChange={(subtitle) =>
                change(
                  'Edit subtitle',
                  ({ subtitle: __, ...its }) => (subtitle === '' ? its : { ...its, subtitle }),
                  'subtitle',
                )
              }
            />
          )}
        </Field>
        <Field label="Data set">
          {({ invalid: _, ...ids }) => (
            <Select
              {...ids}
              value={visual.dataSet}
              invalid={list !== undefined && !byId.has(visual.dataSet)}
              options={(list ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              onChange={(dataSet) =>
                change('Change data set', (its) => ({
                  ...its,
                  dataSet,
                  fields: keepColumns(its.fields, new Set(byId.get(dataSet)?.columns.map(({ name }) => name))),
                  filters: [],
                  sort: [],
                }))
              }
            />
          )}
        </Field>
      </Section>
      <Section title="Fields">
        {VISUAL_ROLES[visual.kind].map((well) => (
          <FieldWell key={well.role} visual={visual} well={well} columns={columns} onChange={change} />
        ))}
      </Section>
      <Section title="Filters" badge={visual.filters.length || undefined}>
        <FilterList
          dataSet={visual.dataSet}
          columns={columns}
          filters={visual.filters}
          onChange={(filters) => change('Change filters', (its) => ({ ...its, filters: [...filters] }))}
        />
      </Section>
      <Section title="Sort and limit">
        <Field label="Sort">
          {({ invalid: _, ...ids }) => (
            <Select
              {...ids}
              value={sortKey}
              options={sortChoices}
              onChange={(next) =>
                change('Change sort', (its) => {
                  const [role, index, descending] = next.split(':')
                  const field = fields.find((placed) => placed.role === role && placed.index === Number(index))
                  return {
                    ...its,
                    sort: field ? [{ role: field.role, index: field.index, descending: descending === 'true' }] : [],
                  }
                })
              }
            />
          )}
        </Field>
        <Field label="At most" help="Groups that are asked for">
          {({ invalid: _, ...ids }) => (
            <NumberInput
              {...ids}
              min={1}
              max={50_000}
              placeholder="as many as the visual can draw"
              value={visual.limit ?? null}
              onChange={(limit) =>
                change(
                  'Change limit',
                  ({ limit: __, ...its }) =>
                    limit === null || limit < 1 || limit > 50_000 ? its : { ...its, limit: Math.round(limit) },
                  'limit',
                )
              }
            />
          )}
        </Field>
      </Section>
      <Section title="Options">
        <SchemaForm
          schema={chart.options}
          value={visual.options}
          onChange={(options) => change('Change options', (its) => ({ ...its, options: plain(options) }), 'options')}
        />
      </Section>
    </>
  )
}

/** Fields whose columns the other data set has too. */
function keepColumns(fields: Visual['fields'], names: ReadonlySet<string>): Visual['fields'] {
  return Object.fromEntries(
    Object.entries(fields)
      .map(([role, uses]) => [role, uses.filter(({ column }) => column === '*' || names.has(column))] as const)
      .filter(([, uses]) => uses.length > 0),
  )
}

function plain(options: Record<string, unknown>): Visual['options'] {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null
        ? [[name, value]]
        : [],
    ),
  )
}
