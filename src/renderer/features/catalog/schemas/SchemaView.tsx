import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { Compatibility, SchemaVersion } from '../../../../engines/catalog/contract.ts'
import { EngineError } from '../../../../engines/kit/pure/errors.ts'
import {
  formatTime,
  Inspector,
  notifyError,
  useAction,
  useCall,
  useConfirmed,
  useFeed,
  useRemembered,
  type ViewProps,
} from '../../../lib/index.ts'
import {
  Button,
  ConfirmDialog,
  CopyButton,
  type DataColumn,
  DataTable,
  ErrorView,
  Field,
  Loading,
  Page,
  PropertyList,
  Section,
  Select,
  SplitPane,
  StateDot,
  Tabs,
  Verbatim,
} from '../../../ui/index.ts'
import styles from '../catalog.module.css'
import { Difference } from '../Difference.tsx'
import { readable } from '../diff.ts'
import { COMPATIBILITIES } from './compatibilities.ts'
import { Metadata } from './Metadata.tsx'
import { VersionDialog } from './VersionDialog.tsx'

const VERSIONS: readonly DataColumn<SchemaVersion>[] = [
  { id: 'version', title: 'Version', kind: 'number', width: 80, value: (row) => row.version },
  {
    id: 'status',
    title: 'Status',
    width: 130,
    value: (row) => row.status.toLowerCase(),
    render: (_, row) =>
      row.status === 'AVAILABLE' ? (
        <StateDot state="good" text="available" />
      ) : (
        <StateDot state="bad" text="not compatible" />
      ),
  },
  {
    id: 'created',
    title: 'Registered',
    width: 170,
    value: (row) => row.createdMs,
    render: (value) => formatTime(Number(value)),
  },
  { id: 'id', title: 'Id', mono: true, width: 280, value: (row) => row.versionId },
  { id: 'problem', title: 'Why', width: 420, value: (row) => row.problem ?? '' },
]

/** A schema: its versions, the chosen one's text and its difference from another. */
export function SchemaView({ params }: ViewProps<{ registry: string; schema: string }>) {
  const { registry, schema: name } = params
  const turn = useFeed((clients, signal) => clients.catalog.watchSchemas({}, { signal }), [], {
    initial: 0,
    fold: (count: number, change) => (change.registry === registry ? count + 1 : count),
  }).data
  const call = useCall(
    async (clients, signal) => ({
      schema: await clients.catalog.getSchema({ registry, schema: name }, { signal }),
      versions: (await clients.catalog.listSchemaVersions({ registry, schema: name }, { signal })).reverse(),
    }),
    [registry, name, turn],
  )
  const [chosen, setChosen] = useState<number | null>(null)
  const [against, setAgainst] = useState<string | null>(null)
  const [part, setPart] = useState<'text' | 'diff'>('text')
  const [height, setHeight] = useRemembered('catalog.versions', 200)
  /** The text that a new version begins from, while one is being registered. */
  const [adding, setAdding] = useState<string | null>(null)
  const latest = call.data?.schema.latestVersion ?? 0
  const update = useAction(
    (clients, signal, changes: { compatibility?: Compatibility; checkpoint?: number }) =>
      clients.catalog.updateSchema({ registry, schema: name, ...changes }, { signal }),
    { onError: (error) => notifyError('The schema was not changed', error) },
  )
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((each: number) => remove.run(each))
  const remove = useAction(
    async (clients, signal, version: number) => {
      const [failed] = await clients.catalog.deleteSchemaVersions(
        { registry, schema: name, versions: [version] },
        { signal },
      )
      if (failed) throw new EngineError('InvalidInputException', failed.error)
    },
    { onError: (error) => notifyError('The version was not deleted', error) },
  )
  if (call.error && !call.data) return <ErrorView title={`The schema ${name} cannot be shown`} error={call.error} />
  if (!call.data) return <Loading />
  const { schema, versions } = call.data
  const shown = versions.find(({ version }) => version === chosen) ?? versions[0]
  const others = versions.filter(({ version }) => version !== shown?.version)
  const before =
    others.find(({ version }) => String(version) === against) ??
    others.find(({ version }) => version < (shown?.version ?? 0)) ??
    others[0]
  return (
    <Page
      path={[{ title: 'Catalog' }, { title: registry }, { title: name }]}
      scroll={false}
      actions={
        <Button size="s" icon={<Plus size={13} />} onClick={() => setAdding(shown ? readable(shown.definition) : '')}>
          Register a version…
        </Button>
      }
    >
      <SplitPane
        direction="column"
        label="Height of the versions"
        size={height}
        onSize={setHeight}
        first={
          <DataTable
            label={`Versions of ${name}`}
            rows={versions}
            rowKey={(row) => row.versionId}
            columns={VERSIONS}
            selected={shown?.versionId ?? null}
            onSelect={(row) => setChosen(row.version)}
            rowMenu={({ version, versionId, status }) => [
              { title: 'Copy id', onSelect: () => void navigator.clipboard.writeText(versionId) },
              {
                title: 'Compare later versions with this one',
                disabled: status !== 'AVAILABLE' || version === schema.checkpoint,
                onSelect: () => void update.run({ checkpoint: version }),
              },
              'separator',
              {
                title: 'Delete version…',
                danger: true,
                disabled: version === schema.checkpoint,
                onSelect: () => askDelete(version),
              },
            ]}
            empty="This schema has no version yet."
          />
        }
        second={
          <Tabs
            label="Version"
            size="s"
            value={part}
            onChange={setPart}
            tabs={[
              { id: 'text', title: shown ? `Definition of version ${shown.version}` : 'Definition' },
              { id: 'diff', title: 'Difference' },
            ]}
            actions={
              part === 'diff' && before ? (
                <Select
                  quiet
                  label="Compared with"
                  value={String(before.version)}
                  options={others.map(({ version }) => ({ value: String(version), label: `from version ${version}` }))}
                  onChange={setAgainst}
                />
              ) : (
                shown && <CopyButton text={shown.definition} label="Copy" />
              )
            }
          >
            {part === 'text' && shown && (
              <Verbatim pane whole>
                {readable(shown.definition)}
              </Verbatim>
            )}
            {part === 'diff' &&
              (shown && before ? (
                <Difference
                  label={`Version ${shown.version} against version ${before.version}`}
                  from={readable(before.definition)}
                  to={readable(shown.definition)}
                />
              ) : (
                <p className={styles.note}>There is no other version to compare with.</p>
              ))}
          </Tabs>
        }
      />
      <VersionDialog schema={adding === null ? null : schema} start={adding ?? ''} onClose={() => setAdding(null)} />
      <ConfirmDialog
        {...dialog}
        title={`Delete version ${deleting} of ${name}?`}
        message="Records that name its id can no longer be read by it."
        action="Delete version"
      />
      <Inspector>
        <Section title="Schema">
          <Field label="Compatibility">
            {({ invalid: _, ...ids }) => (
              <Select
                {...ids}
                value={schema.compatibility}
                options={COMPATIBILITIES}
                disabled={update.pending}
                onChange={(compatibility) =>
                  void update.run({ compatibility, ...(latest > 0 && { checkpoint: latest }) })
                }
              />
            )}
          </Field>
          <PropertyList
            items={[
              ['Registry', registry],
              ['Format', schema.format],
              ['Latest version', String(schema.latestVersion)],
              ['Checkpoint', `version ${schema.checkpoint}`],
              schema.description !== undefined && ['Description', schema.description],
              ['Changed', formatTime(schema.updatedMs)],
            ]}
          />
        </Section>
        {shown && <Metadata key={shown.versionId} version={shown} />}
        <Section title="From AWS clients" open={false}>
          <div className={styles.actions}>
            <CopyButton
              text={`aws glue get-schema-version --schema-id RegistryName=${registry},SchemaName=${name} --schema-version-number LatestVersion=true`}
              label="CLI"
            />
          </div>
        </Section>
      </Inspector>
    </Page>
  )
}
