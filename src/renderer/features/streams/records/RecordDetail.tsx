import { useEffect, useMemo, useState } from 'react'
import { formatBytes, formatTime, formatUtc, plural, useRemembered } from '../../../lib/index.ts'
import {
  Badge,
  Banner,
  CopyButton,
  cx,
  type DataColumn,
  DataTable,
  Loading,
  PropertyList,
  Select,
  Tree,
  type TreeNode,
} from '../../../ui/index.ts'
import styles from '../streams.module.css'
import type { Choice, Decoded, Part } from './decoders/decoder.ts'
import { decodeRecord } from './decoding.ts'
import type { RecordRow } from './read.ts'

const SHAPES = [
  { value: 'text', label: 'Text' },
  { value: 'tree', label: 'Tree' },
] as const

type NumberedPart = Part & { readonly at: number }

const PARTS: readonly DataColumn<NumberedPart>[] = [
  { id: 'at', title: 'Sub', detail: 'sub-sequence number', kind: 'number', width: 44, value: (part) => part.at },
  { id: 'key', title: 'Partition key', mono: true, width: 110, value: (part) => part.key },
  { id: 'hash', title: 'Explicit hash key', mono: true, width: 140, hidden: true, value: (part) => part.hashKey ?? '' },
  { id: 'data', title: 'Data', mono: true, width: 260, value: (part) => part.decoded.line },
]

/** One record, whole: what it is, and its data as text or tree; of a record of KPL's each of those inside. */
export function RecordDetail({ row, choice }: { row: RecordRow; choice: Choice }) {
  const [found, setFound] = useState<{ row: RecordRow; decoded?: Decoded; error?: string } | null>(null)
  const [chosenPart, setChosenPart] = useState(0)
  const [shape, setShape] = useRemembered<'text' | 'tree'>('streams.shape', 'text')
  useEffect(() => {
    let current = true
    setChosenPart(0)
    decodeRecord(row.bytes, choice).then(
      (decoded) => current && setFound({ row, decoded }),
      (thrown: Error) => current && setFound({ row, error: thrown.message }),
    )
    return () => {
      current = false
    }
  }, [row, choice])
  const decoded = found?.decoded
  const parts = useMemo(() => decoded?.parts?.map((part, at): NumberedPart => ({ ...part, at })), [decoded])
  const shown = parts?.[chosenPart]?.decoded ?? decoded
  const nodes = useMemo(
    () => (shown?.value !== undefined && shape === 'tree' ? treeOf(shown.value) : null),
    [shown, shape],
  )
  return (
    <div className={styles.detail}>
      <PropertyList
        items={[
          ['Key', <Mono key="key">{row.key}</Mono>],
          [
            'Arrival',
            <time key="time" title={formatUtc(row.arrivalMs)}>
              {formatTime(row.arrivalMs, { millis: true })}
            </time>,
          ],
          ['Sequence number', <Mono key="seq">{row.sequenceNumber}</Mono>],
          ['Size', formatBytes(row.bytes.length)],
        ]}
      />
      {parts && (
        <div className={styles.parts} style={{ height: Math.min(168, 28 + parts.length * 20) }}>
          <DataTable
            bare
            label={`${plural(parts.length, 'record')} in it`}
            rows={parts}
            rowKey={(part) => String(part.at)}
            columns={PARTS}
            selected={String(chosenPart)}
            onSelect={(part) => setChosenPart(part.at)}
          />
        </div>
      )}
      <div className={styles.actions}>
        {shown?.layers.map((layer) => (
          <Badge key={layer}>{layer}</Badge>
        ))}
        {shown?.value !== undefined && (
          <Select quiet label="Shape" value={shape} options={SHAPES} onChange={setShape} />
        )}
        {shown && <CopyButton text={shown.text} label="Copy data" />}
      </div>
      {shown?.problem && <Banner tone="warn">Not as chosen: {shown.problem}</Banner>}
      {found?.error && <Banner tone="bad">{found.error}</Banner>}
      {!found ? (
        <Loading />
      ) : nodes ? (
        <div className={styles.payload}>
          <Tree label="Data" nodes={nodes} defaultExpanded={nodes.map(({ id }) => id)} />
        </div>
      ) : (
        <pre className={cx(styles.payload, shown?.layers.at(-1) === 'hex' && styles.dump)} data-selectable>
          {shown?.text}
        </pre>
      )}
    </div>
  )
}

function Mono({ children }: { children: string }) {
  return <span className={styles.mono}>{children}</span>
}

/** More nodes than this say less than their text does. */
const NODES_MAX = 5000

/** Objects and lists as branches, everything else as leaves. */
function treeOf(value: unknown): TreeNode[] {
  let count = 0
  const branch = (inner: object, path: string): TreeNode[] =>
    Object.entries(inner).flatMap(([name, child]) => {
      if (++count > NODES_MAX) return []
      const id = `${path}/${name}`
      if (typeof child !== 'object' || child === null) return { id, label: name, detail: JSON.stringify(child) }
      const size = Object.keys(child).length
      const detail = Array.isArray(child) ? `[${size}]` : `{${size}}`
      return { id, label: name, detail, children: branch(child, id) }
    })
  return typeof value === 'object' && value !== null
    ? branch(value, '')
    : [{ id: 'value', label: 'value', detail: JSON.stringify(value) }]
}
