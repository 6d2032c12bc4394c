import { Braces, Library, Plus } from 'lucide-react'
import { useState } from 'react'
import type { RegisteredSchema } from '../../../../engines/catalog/contract.ts'
import { notifyError, openView, useAction, useCall, useConfirmed, useFeed, useShown } from '../../../lib/index.ts'
import { Button, ConfirmDialog, IconButton, Section, Tree } from '../../../ui/index.ts'
import { CreateDialog } from '../CreateDialog.tsx'
import { Listed } from '../Listed.tsx'
import { SchemaDialog } from './SchemaDialog.tsx'

type Place = { registry: string; schema: string }

const open = (place: Place) => openView('catalog.schema', place)
const idOf = ({ registry, name }: RegisteredSchema) => `s:${registry}/${name}`
/** Neither name has a slash in it. */
function placeOf(id: string): Place | undefined {
  if (!id.startsWith('s:')) return undefined
  const [registry, schema] = id.slice(2).split('/')
  return { registry, schema }
}

/** The schema registry: registries, and the schemas in them. */
export function Registries() {
  const turn = useFeed((clients, signal) => clients.catalog.watchSchemas({}, { signal }), [], {
    initial: 0,
    fold: (count: number) => count + 1,
  }).data
  const call = useCall(
    async (clients, signal) => ({
      registries: await clients.catalog.listRegistries({}, { signal }),
      schemas: await clients.catalog.listSchemas({}, { signal }),
    }),
    [turn],
  )
  const shown = useShown<Place>('catalog.schema')
  const [creating, setCreating] = useState(false)
  const [into, setInto] = useState<string | null>(null)
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((each: string) => remove.run(each))
  const remove = useAction(
    async (clients, signal, id: string) => {
      const place = placeOf(id)
      if (place) await clients.catalog.deleteSchema(place, { signal })
      else await clients.catalog.deleteRegistry({ registry: id.slice(2) }, { signal })
    },
    { onError: (error) => notifyError('It was not deleted', error) },
  )
  const nodes = (call.data?.registries ?? []).map(({ name }) => {
    const schemas = call.data!.schemas.filter(({ registry }) => registry === name)
    return {
      id: `r:${name}`,
      label: name,
      icon: <Library size={14} />,
      detail: String(schemas.length),
      children: schemas.map((schema) => ({
        id: idOf(schema),
        label: schema.name,
        icon: <Braces size={14} />,
        detail: `${schema.format} v${schema.latestVersion}`,
        opens: true,
      })),
    }
  })
  const doomed = deleting && (placeOf(deleting)?.schema ?? deleting.slice(2))
  return (
    // A dialog is there whether the section is open or not.
    <>
      <Section
        title="Schema registry"
        flush
        actions={<IconButton icon={<Plus size={14} />} label="Create registry" onClick={() => setCreating(true)} />}
      >
        <Listed
          call={call}
          empty={nodes.length === 0}
          what="The schema registry"
          hint="A registry keeps the versions of schemas, and refuses those that would break who reads or writes by them."
          action={<Button onClick={() => setCreating(true)}>Create a registry</Button>}
        >
          <Tree
            // The registries unfold by themselves once, when they are there.
            key={call.data ? 'loaded' : 'waiting'}
            label="Schema registry"
            fitContent
            nodes={nodes}
            selected={shown ? `s:${shown.registry}/${shown.schema}` : null}
            defaultExpanded={nodes.map(({ id }) => id)}
            openOnClick
            onOpen={(id) => {
              const place = placeOf(id)
              if (place) open(place)
            }}
            onDelete={askDelete}
            menu={(id) => {
              const place = placeOf(id)
              return [
                place
                  ? { title: 'Open', shortcut: 'Enter', onSelect: () => open(place) }
                  : { title: 'Create schema…', onSelect: () => setInto(id.slice(2)) },
                {
                  title: 'Copy name',
                  onSelect: () => void navigator.clipboard.writeText(place?.schema ?? id.slice(2)),
                },
                'separator',
                { title: 'Delete…', shortcut: 'Delete', danger: true, onSelect: () => askDelete(id) },
              ]
            }}
          />
          {nodes.length > 0 && nodes.every(({ children }) => children.length === 0) && (
            <Button size="s" onClick={() => setInto(nodes[0].label)}>
              Create a schema
            </Button>
          )}
        </Listed>
      </Section>
      <CreateDialog
        open={creating}
        title="Create registry"
        help="Letters, digits and - _ $ # ."
        onClose={() => setCreating(false)}
        create={(clients, name, signal) => clients.catalog.createRegistry({ registry: name }, { signal })}
        onDone={call.reload}
      />
      <SchemaDialog registry={into} onClose={() => setInto(null)} />
      <ConfirmDialog
        {...dialog}
        title={`Delete ${doomed}?`}
        message={
          deleting?.startsWith('r:')
            ? 'The registry goes with all its schemas and their versions.'
            : 'The schema goes with all its versions.'
        }
        action={deleting?.startsWith('r:') ? 'Delete registry' : 'Delete schema'}
        {...(doomed && { name: doomed })}
      />
    </>
  )
}
