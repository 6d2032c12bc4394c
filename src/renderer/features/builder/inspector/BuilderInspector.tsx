import { useMemo } from 'react'
import { Inspector } from '../../../lib/index.ts'
import { Field, Input, PropertyList, Section, TextArea } from '../../../ui/index.ts'
import { useBuilder, useDocument, useSession } from '../context.ts'
import { changeNote, setGroupTitle } from '../model/edit.ts'
import { idsOf, itemOf } from '../model/items.ts'
import styles from './Inspector.module.css'
import { NodeInspector } from './NodeInspector.tsx'
import { WireInspector } from './WireInspector.tsx'

/** What is selected, or the pipeline itself when nothing is. */
export function BuilderInspector() {
  return (
    <Inspector>
      <div className={styles.inspector} data-region="inspector">
        <Selected />
      </div>
    </Inspector>
  )
}

function Selected() {
  const document = useDocument()
  const selection = useSession((state) => state.selection)
  const single = useMemo(() => {
    const nodes = [...idsOf(selection, 'node')]
    if (nodes.length === 1) return nodes[0]
    return selection.size === 1 ? [...selection][0] : null
  }, [selection])
  if (single !== null) {
    const { sort, id } = itemOf(single)
    const node = sort === 'node' && document.nodes.find((n) => n.id === id)
    if (node) return <NodeInspector key={id} node={node} />
    const wire = sort === 'wire' && document.wires.find((w) => w.id === id)
    if (wire) return <WireInspector key={id} wire={wire} />
    const note = sort === 'note' && document.notes.find((n) => n.id === id)
    if (note) return <NoteForm key={id} id={id} text={note.text} />
    const group = sort === 'group' && document.groups.find((g) => g.id === id)
    if (group) return <GroupForm key={id} id={id} title={group.title} />
  }
  if (selection.size > 1) return <ManyForm />
  return <PipelineForm />
}

function NoteForm({ id, text }: { id: string; text: string }) {
  const { session } = useBuilder()
  return (
    <div className={styles.fields}>
      <Field label="Note">
        {({ invalid, ...ids }) => (
          <TextArea
            {...ids}
            invalid={invalid}
            rows={8}
            value={text}
            onChange={(next) => session.apply('Edit note', (d) => changeNote(d, id, { text: next }), `note ${id}`)}
            onBlur={() => session.settle()}
          />
        )}
      </Field>
    </div>
  )
}

function GroupForm({ id, title }: { id: string; title: string }) {
  const { session } = useBuilder()
  return (
    <div className={styles.fields}>
      <Field label="Group">
        {({ invalid, ...ids }) => (
          <Input
            {...ids}
            invalid={invalid}
            value={title}
            onChange={(next) => session.apply('Rename group', (d) => setGroupTitle(d, id, next), `group ${id}`)}
            onBlur={() => session.settle()}
          />
        )}
      </Field>
    </div>
  )
}

function ManyForm() {
  const selection = useSession((state) => state.selection)
  const count = (sort: 'node' | 'wire' | 'note' | 'group') => idsOf(selection, sort).size
  return (
    <Section title="Selection">
      <PropertyList
        items={[
          ['Nodes', count('node')],
          ['Wires', count('wire')],
          ['Notes', count('note')],
          ['Groups', count('group')],
        ]}
      />
    </Section>
  )
}

function PipelineForm() {
  const { session } = useBuilder()
  const document = useDocument()
  return (
    <>
      <div className={styles.fields}>
        <Field label="Name">
          {({ invalid, ...ids }) => (
            <Input
              {...ids}
              invalid={invalid}
              value={document.name}
              onChange={(name) => session.apply('Rename pipeline', (d) => ({ ...d, name }), 'name')}
              onBlur={() => session.settle()}
            />
          )}
        </Field>
        <Field label="Description">
          {({ invalid, ...ids }) => (
            <TextArea
              {...ids}
              invalid={invalid}
              rows={3}
              value={document.description}
              onChange={(description) =>
                session.apply('Describe pipeline', (d) => ({ ...d, description }), 'description')
              }
              onBlur={() => session.settle()}
            />
          )}
        </Field>
      </div>
      <Section title="Pipeline">
        <PropertyList
          items={[
            ['File', session.path],
            ['Nodes', document.nodes.length],
            ['Wires', document.wires.length],
          ]}
        />
      </Section>
    </>
  )
}
