import { History } from 'lucide-react'
import { useState } from 'react'
import type { CatalogTable } from '../../../../engines/catalog/contract.ts'
import { formatTime, notifyError, useAction, useConfirmed, useRemembered } from '../../../lib/index.ts'
import {
  Button,
  ConfirmDialog,
  type DataColumn,
  DataTable,
  Select,
  SplitPane,
  Toolbar,
  ToolbarSpace,
} from '../../../ui/index.ts'
import styles from '../catalog.module.css'
import { Difference } from '../Difference.tsx'

interface VersionRow {
  readonly table: CatalogTable
  readonly changes: string
}

const VERSIONS: readonly DataColumn<VersionRow>[] = [
  { id: 'version', title: 'Version', kind: 'number', width: 80, value: (row) => row.table.versionId },
  {
    id: 'changed',
    title: 'Changed',
    width: 170,
    value: (row) => row.table.updatedMs,
    render: (value) => formatTime(Number(value)),
  },
  { id: 'columns', title: 'Columns', kind: 'number', width: 80, value: (row) => row.table.columns.length },
  { id: 'changes', title: 'Against the version before', width: 620, value: (row) => row.changes },
]

/** The versions of a table, each with what it changed; older ones may be deleted or brought back. */
export function Versions({ versions }: { versions: readonly CatalogTable[] }) {
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((each: CatalogTable) => remove.run(each))
  const remove = useAction(
    (clients, signal, { database, name, versionId }: CatalogTable) =>
      clients.catalog.deleteTableVersion({ database, table: name, versionId }, { signal }),
    { onError: (error) => notifyError('The version was not deleted', error) },
  )
  const restore = useAction(
    (clients, signal, table: CatalogTable) => {
      const { createdMs: _, updatedMs: __, versionId: ___, ...input } = table
      return clients.catalog.updateTable(input, { signal })
    },
    { onError: (error) => notifyError('The version was not brought back', error) },
  )
  const rows = versions.map((table, index) => ({ table, changes: changesBetween(versions[index + 1], table) }))
  const [current] = versions
  const [chosen, setChosen] = useState<number | null>(null)
  const [against, setAgainst] = useState<string | null>(null)
  const [height, setHeight] = useRemembered('catalog.tableVersions', 200)
  const shown = versions.find(({ versionId }) => versionId === chosen) ?? current
  const others = versions.filter(({ versionId }) => versionId !== shown?.versionId)
  const other =
    others.find(({ versionId }) => String(versionId) === against) ??
    others.find(({ versionId }) => versionId < (shown?.versionId ?? 0)) ??
    others[0]
  const list = (
    <DataTable
      label="Versions"
      rows={rows}
      rowKey={(row) => String(row.table.versionId)}
      columns={VERSIONS}
      selected={shown ? String(shown.versionId) : null}
      onSelect={({ table }) => setChosen(table.versionId)}
      rowMenu={({ table }) => [
        {
          title: 'Make this the current version',
          disabled: table === current,
          onSelect: () => void restore.run(table),
        },
        'separator',
        {
          title: 'Delete version…',
          danger: true,
          disabled: table === current,
          onSelect: () => askDelete(table),
        },
      ]}
    />
  )
  return (
    <>
      <SplitPane
        direction="column"
        label="Height of the versions"
        size={height}
        onSize={setHeight}
        first={list}
        second={
          shown && other ? (
            <div className={styles.column}>
              <Toolbar label="Comparison">
                <span className={styles.head}>Version {shown.versionId}</span>
                <Select
                  quiet
                  label="Compared with"
                  value={String(other.versionId)}
                  options={others.map(({ versionId }) => ({
                    value: String(versionId),
                    label: `from version ${versionId}`,
                  }))}
                  onChange={setAgainst}
                />
                <ToolbarSpace />
                <Button
                  size="s"
                  icon={<History size={13} />}
                  disabled={shown === current}
                  pending={restore.pending}
                  onClick={() => void restore.run(shown)}
                >
                  Make current
                </Button>
              </Toolbar>
              <div className={styles.fill}>
                <Difference
                  label={`Version ${shown.versionId} against version ${other.versionId}`}
                  from={definitionText(other)}
                  to={definitionText(shown)}
                />
              </div>
            </div>
          ) : (
            <p className={styles.note}>There is no other version to compare with.</p>
          )
        }
      />
      <ConfirmDialog
        {...dialog}
        title={`Delete version ${deleting?.versionId}?`}
        message="The table itself stays as it is."
        action="Delete version"
      />
    </>
  )
}

/** What a version says, a line for each column and property. */
function definitionText({ description, columns, partitionKeys, format, location, parameters, viewText }: CatalogTable) {
  const column = ({ name, type, comment }: CatalogTable['columns'][number]) =>
    `  ${name} ${type}${comment ? `  -- ${comment}` : ''}`
  const properties = Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    ...(description === undefined ? [] : [description]),
    'columns',
    ...columns.map(column),
    ...(partitionKeys.length > 0 ? ['partition keys', ...partitionKeys.map(column)] : []),
    ...(viewText === undefined ? [`format ${format}`, `location ${location}`] : [viewText]),
    'properties',
    ...properties.map(([name, value]) => `  ${name}=${value}`),
  ].join('\n')
}

/** Which columns came, went and changed, and which properties did. */
function changesBetween(before: CatalogTable | undefined, after: CatalogTable): string {
  if (!before) return 'the first that is kept'
  const old = new Map(before.columns.map((column) => [column.name, column]))
  const now = new Set(after.columns.map(({ name }) => name))
  const changes = after.columns.flatMap(({ name, type, comment }) => {
    const known = old.get(name)
    if (!known) return [`+ ${name} ${type}`]
    if (known.type !== type) return [`${name}: ${known.type} → ${type}`]
    return known.comment === comment ? [] : [`${name}: comment`]
  })
  for (const { name } of before.columns) if (!now.has(name)) changes.push(`− ${name}`)
  const names = new Set([...Object.keys(before.parameters), ...Object.keys(after.parameters)])
  for (const name of names)
    if (before.parameters[name] !== after.parameters[name])
      changes.push(`${name} = ${after.parameters[name] ?? 'gone'}`)
  if (before.description !== after.description) changes.push('description')
  if (before.location !== after.location) changes.push(`location ${after.location}`)
  return changes.join(', ') || 'nothing that is shown'
}
