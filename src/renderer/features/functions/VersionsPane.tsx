import { Tag, Upload } from 'lucide-react'
import { useState } from 'react'
import type { Alias, FunctionInfo } from '../../../engines/functions/contract.ts'
import { formatBytes, formatNumber, formatTime, notifyError, useAction, useCall } from '../../lib/index.ts'
import { Button, type DataColumn, DataTable, Loading, NameDialog } from '../../ui/index.ts'
import { AliasDialog } from './AliasDialog.tsx'

interface Row extends FunctionInfo {
  readonly aliases: string
}

const COLUMNS: readonly DataColumn<Row>[] = [
  { id: 'version', title: 'Version', value: (row) => row.version, width: 90 },
  { id: 'aliases', title: 'Aliases', value: (row) => row.aliases, width: 150 },
  { id: 'description', title: 'Description', value: (row) => row.description, width: 190 },
  {
    id: 'changed',
    title: 'Published',
    width: 150,
    value: (row) => row.modifiedMs,
    render: (_, row) => (row.version === '$LATEST' ? 'can be changed' : formatTime(row.modifiedMs)),
  },
  { id: 'runtime', title: 'Runtime', value: (row) => row.runtime, width: 110 },
  { id: 'layers', title: 'Layers', kind: 'number', value: (row) => row.layers.length, width: 70 },
  {
    id: 'code',
    title: 'Code',
    kind: 'number',
    width: 90,
    value: (row) => row.codeBytes,
    format: (value) => formatBytes(Number(value)),
  },
]

/** The versions of a function, and which of them its aliases point to. */
export function VersionsPane({ name, turn, save }: { name: string; turn: number; save: () => Promise<unknown> }) {
  const [publishing, setPublishing] = useState(false)
  const [alias, setAlias] = useState<Alias | 'new' | null>(null)
  const versions = useCall((clients, signal) => clients.functions.listVersions({ name }, { signal }), [name, turn])
  const aliases = useCall((clients, signal) => clients.functions.listAliases({ name }, { signal }), [name, turn])
  const publish = useAction(
    async (clients, signal, description: string) => {
      await save()
      return clients.functions.publishVersion({ name, description }, { signal })
    },
    { onDone: () => setPublishing(false) },
  )
  const remove = useAction(
    (clients, signal, version: string) => clients.functions.deleteVersion({ name, version }, { signal }),
    { onError: (error) => notifyError('The version was not deleted', error) },
  )
  const removeAlias = useAction(
    (clients, signal, each: string) => clients.functions.deleteAlias({ name, alias: each }, { signal }),
    { onError: (error) => notifyError('The alias was not deleted', error) },
  )
  if (!versions.data || !aliases.data) return <Loading />
  const all = aliases.data
  const rows = versions.data.map((info) => ({
    ...info,
    aliases: all.flatMap((each) => shareOf(each, info)).join(', '),
  }))
  return (
    <>
      <DataTable
        label="Versions"
        tools={
          <>
            <Button icon={<Upload size={14} />} onClick={() => setPublishing(true)}>
              Publish version…
            </Button>
            <Button icon={<Tag size={14} />} onClick={() => setAlias('new')}>
              New alias…
            </Button>
          </>
        }
        rows={rows}
        rowKey={({ version }) => version}
        columns={COLUMNS}
        rowMenu={(row) => [
          { title: 'Copy ARN', onSelect: () => void navigator.clipboard.writeText(row.arn) },
          ...all
            .filter((each) => each.version === row.version)
            .flatMap((each) => [
              { title: `Change alias ${each.name}…`, onSelect: () => setAlias(each) },
              { title: `Delete alias ${each.name}`, danger: true, onSelect: () => void removeAlias.run(each.name) },
            ]),
          ...(row.version === '$LATEST'
            ? []
            : ([
                'separator',
                { title: 'Delete version', danger: true, onSelect: () => void remove.run(row.version) },
              ] as const)),
        ]}
      />
      <NameDialog
        open={publishing}
        title={`Publish a version of ${name}`}
        label="Description"
        help="The version keeps code and settings as they are now."
        action="Publish"
        error={publish.error?.message}
        pending={publish.pending}
        onClose={() => setPublishing(false)}
        onDone={(description) => void publish.run(description)}
      />
      {alias !== null && (
        <AliasDialog
          name={name}
          alias={alias === 'new' ? undefined : alias}
          versions={rows.map(({ version }) => version)}
          onClose={() => setAlias(null)}
        />
      )}
    </>
  )
}

/** An alias as it stands at a version, with its share where another version has the rest. */
function shareOf({ name, version, additional }: Alias, info: FunctionInfo): string[] {
  const share = (weight: number) => `${name} ${formatNumber(Math.round(weight * 1000) / 10)} %`
  if (additional?.version === info.version) return [share(additional.weight)]
  if (version !== info.version) return []
  return [additional ? share(1 - additional.weight) : name]
}
