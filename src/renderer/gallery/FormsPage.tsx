import { useState } from 'react'
import { nodeKinds } from '../../engines/pipeline/nodes/index.ts'
import { SchemaForm } from '../lib/schema-form/SchemaForm.tsx'
import { Tree } from '../ui/index.ts'
import styles from './gallery.module.css'

/** The inspector form of every node kind, drawn from its schema. */
export function FormsPage() {
  const kinds = Object.values(nodeKinds)
  const [chosen, setChosen] = useState(kinds[0].kind)
  const [values, setValues] = useState<Readonly<Record<string, Record<string, unknown>>>>({})
  const kind = kinds.find((candidate) => candidate.kind === chosen) ?? kinds[0]
  return (
    <div className={styles.fill}>
      <div style={{ display: 'flex', width: 280 }}>
        <Tree
          label="Node kinds"
          nodes={kinds.map(({ kind: id, title, group }) => ({ id, label: title, detail: group }))}
          selected={chosen}
          onSelect={setChosen}
        />
      </div>
      <pre style={{ flex: 1, padding: 12, overflow: 'auto' }}>{JSON.stringify(values[chosen] ?? {}, null, 2)}</pre>
      <div className={styles.form}>
        <SchemaForm
          key={chosen}
          schema={kind.config}
          value={values[chosen] ?? {}}
          onChange={(value) => setValues((before) => ({ ...before, [chosen]: value }))}
          choices={{ bucket: [{ value: 'flights-lake', label: 'flights-lake' }] }}
        />
      </div>
    </div>
  )
}
