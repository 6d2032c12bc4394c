import { X } from 'lucide-react'
import { use } from 'react'
import type { Dashboard, Sheet } from '../../../../engines/bi/dashboard.ts'
import { Inspector, openView } from '../../../lib/index.ts'
import {
  Button,
  Checkbox,
  Field,
  IconButton,
  Input,
  NumberInput,
  PropertyList,
  Section,
  Select,
  TextArea,
} from '../../../ui/index.ts'
import { DataSetsContext, useDashboard, useReader } from '../context.ts'
import { editControl, editSheet, setSheetFilters } from '../model/edit.ts'
import styles from './editor.module.css'
import { FilterList } from './FilterList.tsx'
import { VisualInspector } from './VisualInspector.tsx'

/** What is selected: a visual with its fields, or else the sheet and the dashboard. */
export function DashboardInspector({ document, sheet }: { document: Dashboard; sheet: Sheet }) {
  const selected = useReader((state) => state.selected)
  const visual = sheet.visuals.find(({ id }) => id === selected)
  return (
    <Inspector>
      {visual ? (
        <VisualInspector key={visual.id} visual={visual} />
      ) : (
        <SheetInspector document={document} sheet={sheet} />
      )}
    </Inspector>
  )
}

const CONTROL_KINDS = [
  { value: 'dropdown', label: 'Drop-down' },
  { value: 'list', label: 'List' },
  { value: 'text', label: 'Text' },
  { value: 'range', label: 'Range' },
  { value: 'dates', label: 'Dates' },
] as const

function SheetInspector({ document, sheet }: { document: Dashboard; sheet: Sheet }) {
  const { session } = useDashboard()
  const { list, byId } = use(DataSetsContext)
  const first = document.dataSets[0] ?? list?.[0]?.id ?? ''
  return (
    <>
      <Section title="Dashboard">
        <Field label="Name">
          {({ invalid: _, ...ids }) => (
            <Input
              {...ids}
              value={document.name}
              onChange={(name) => name !== '' && session.apply('Rename', (d) => ({ ...d, name }), 'name')}
            />
          )}
        </Field>
        <Field label="Description">
          {({ invalid: _, ...ids }) => (
            <TextArea
              {...ids}
              rows={2}
              value={document.description}
              onChange={(description) =>
                session.apply('Edit description', (d) => ({ ...d, description }), 'description')
              }
            />
          )}
        </Field>
        <Field
          label="Ask live data every"
          help="Data sets in direct query; SPICE data sets refresh it when they are ingested"
        >
          {({ invalid: _, ...ids }) => (
            <NumberInput
              {...ids}
              unit="s"
              min={1}
              placeholder="never"
              value={document.refresh.seconds}
              onChange={(seconds) =>
                (seconds === null || seconds >= 1) &&
                session.apply('Change refresh', (d) => ({ ...d, refresh: { seconds } }), 'refresh')
              }
            />
          )}
        </Field>
        <PropertyList items={[['File', session.path]]} />
      </Section>
      <Section title="Data sets" badge={document.dataSets.length}>
        {(list ?? []).map((set) => (
          <div key={set.id} className={styles.setRow}>
            <Checkbox
              checked={document.dataSets.includes(set.id)}
              onChange={(on) =>
                session.apply('Choose data sets', (d) => ({
                  ...d,
                  dataSets: on ? [...d.dataSets, set.id] : d.dataSets.filter((id) => id !== set.id),
                }))
              }
            >
              {set.name}
            </Checkbox>
            <Button size="s" variant="ghost" onClick={() => openView('dashboards.dataset', { id: set.id })}>
              Open
            </Button>
          </div>
        ))}
      </Section>
      <Section title={`Controls of ${sheet.title}`} badge={sheet.controls.length}>
        {sheet.controls.length === 0 && <p className={styles.hint}>Add a filter control for readers with Add.</p>}
        {sheet.controls.map((control) => (
          <div key={control.id} className={styles.controlRow}>
            <Input
              aria-label="Title of the control"
              value={control.title}
              onChange={(title) =>
                session.apply(
                  'Rename control',
                  (d) => editControl(d, control.id, (its) => ({ ...its, title })),
                  `control:${control.id}`,
                )
              }
            />
            <Select
              label="Kind of control"
              value={control.kind}
              options={CONTROL_KINDS}
              onChange={(kind) =>
                session.apply('Change control', (d) =>
                  editControl(d, control.id, (its) => ({ ...its, kind, initial: [] })),
                )
              }
            />
            <IconButton
              size="s"
              icon={<X size={13} />}
              label={`Remove the control ${control.title}`}
              onClick={() => session.apply('Remove control', (d) => editControl(d, control.id, () => null))}
            />
          </div>
        ))}
      </Section>
      <Section title={`Filters of ${sheet.title}`} badge={sheet.filters.length}>
        <FilterList
          dataSet={first}
          columns={byId.get(first)?.columns ?? []}
          filters={sheet.filters.filter((its) => its.dataSet === first).map(({ filter }) => filter)}
          onChange={(filters) =>
            session.apply('Change filters', (d) =>
              setSheetFilters(d, sheet.id, [
                ...sheet.filters.filter((its) => its.dataSet !== first),
                ...filters.map((filter) => ({ dataSet: first, filter })),
              ]),
            )
          }
        />
      </Section>
      <Section title="Sheet" open={false}>
        <Field label="Title">
          {({ invalid: _, ...ids }) => (
            <Input
              {...ids}
              value={sheet.title}
              onChange={(title) =>
                session.apply(
                  'Rename sheet',
                  (d) => editSheet(d, sheet.id, (its) => ({ ...its, title })),
                  'sheet-title',
                )
              }
            />
          )}
        </Field>
      </Section>
    </>
  )
}
