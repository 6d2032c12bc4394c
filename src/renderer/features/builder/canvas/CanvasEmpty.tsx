import { nodeKinds } from '../../../../engines/pipeline/nodes/index.ts'
import { runCommand } from '../../../lib/index.ts'
import { Button, Kbd } from '../../../ui/index.ts'
import { useBuilder } from '../context.ts'
import { insertNode } from '../model/edit.ts'
import { sampleDocument } from '../model/sample.ts'
import { slug } from '../model/suggest.ts'
import styles from './Canvas.module.css'

/** An empty canvas says what a pipeline is and offers the first step. */
export function CanvasEmpty() {
  const { session } = useBuilder()
  const sources = nodeKinds.filter((kind) => kind.inputs.length === 0)
  return (
    <div className={styles.empty}>
      <div className={styles.emptyBox}>
        <h3>Data flow from left to right</h3>
        <ol>
          <li>
            <span>1</span>Begin with a source that sends records.
          </li>
          <li>
            <span>2</span>Draw wires between ports of the same shape: to a stream, on to the lake, then a data set.
          </li>
          <li>
            <span>3</span>
            <span style={{ color: 'inherit' }}>
              Press <Kbd keys="F5" /> and watch rows, rates and pressure on every wire.
            </span>
          </li>
        </ol>
        <div className={styles.emptyActions}>
          {sources.slice(0, 2).map((kind, index) => (
            <Button
              key={kind.kind}
              variant={index === 0 ? 'primary' : 'default'}
              onClick={() => session.apply('Add node', (d) => insertNode(d, kind.kind, []))}
            >
              Add {kind.title.toLowerCase()}
            </Button>
          ))}
          <Button
            onClick={() =>
              session.apply('Fill from sample', (d) => ({ ...sampleDocument(d.name, slug(d.name)), run: d.run }))
            }
          >
            Fill from sample
          </Button>
          <Button variant="ghost" onClick={() => runCommand('builder.findNode')}>
            All nodes
          </Button>
        </div>
      </div>
    </div>
  )
}
