import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { NodeKind } from '../../../engines/pipeline/nodes/define.ts'
import { nodeKinds } from '../../../engines/pipeline/nodes/index.ts'
import { useCommands } from '../../lib/index.ts'
import { cx, SearchInput } from '../../ui/index.ts'
import { KIND_DRAG } from './canvas/Canvas.tsx'
import { PortShape } from './canvas/PortShape.tsx'
import { jumpTo, useBuilder } from './context.ts'
import { iconOf } from './icons.ts'
import { insertNode } from './model/edit.ts'
import { PORT_WORDS } from './model/ports.ts'
import styles from './Palette.module.css'

/** Every node kind, found by typing, put in by drag, double click or Enter (behind what is selected). */
export function Palette() {
  const builder = useBuilder()
  const { session } = builder
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const box = useRef<HTMLDivElement>(null)
  const found = useMemo(() => matching(text), [text])
  const groups = useMemo(() => groupsOf(found), [found])
  const active = found[Math.min(at, found.length - 1)]
  useCommands(
    () => [
      {
        id: 'builder.findNode',
        title: 'Add node…',
        group: 'Pipeline',
        shortcut: 'Mod+Shift+A',
        run: () => box.current?.querySelector('input')?.focus(),
      },
    ],
    [],
  )
  const insert = (kind: NodeKind) => {
    session.apply(`Add ${kind.title.toLowerCase()}`, (document) =>
      insertNode(document, kind.kind, session.state.selection),
    )
    jumpTo(builder, [...session.state.selection])
  }
  const key = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0 && found.length > 0) setAt((Math.min(at, found.length - 1) + step + found.length) % found.length)
    else if (event.key === 'Enter' && active) insert(active)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const reached = useRef(active)
  useEffect(() => {
    if (reached.current === active) return
    reached.current = active
    box.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [active])
  return (
    <div ref={box} className={styles.palette}>
      <div className={styles.search}>
        <SearchInput
          label="Find a node"
          value={text}
          onChange={(next) => {
            setText(next)
            setAt(0)
          }}
          onKeyDown={key}
          aria-controls="builder-palette"
        />
      </div>
      <div
        id="builder-palette"
        role="listbox"
        aria-label="Nodes"
        aria-activedescendant={active ? `palette-${active.kind}` : undefined}
        tabIndex={0}
        className={styles.list}
        onKeyDown={key}
      >
        {groups.map(([group, kinds]) => (
          <div key={group} role="group" aria-label={group}>
            <div className={styles.group} aria-hidden>
              {group}
            </div>
            {kinds.map((kind) => (
              <KindRow
                key={kind.kind}
                kind={kind}
                active={kind === active}
                onPick={() => setAt(found.indexOf(kind))}
                onInsert={() => insert(kind)}
              />
            ))}
          </div>
        ))}
        {found.length === 0 && <p className={styles.none}>No node is called that.</p>}
      </div>
    </div>
  )
}

function KindRow({
  kind,
  active,
  onPick,
  onInsert,
}: {
  kind: NodeKind
  active: boolean
  onPick: () => void
  onInsert: () => void
}) {
  const Icon = iconOf(kind.icon)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox has the keyboard, by aria-activedescendant
    <div
      id={`palette-${kind.kind}`}
      role="option"
      aria-selected={active}
      tabIndex={-1}
      draggable
      title={`${kind.summary}\n${portsText(kind)}`}
      className={cx(styles.row, active && styles.active)}
      onClick={onPick}
      onDoubleClick={onInsert}
      onDragStart={(event) => {
        event.dataTransfer.setData(KIND_DRAG, kind.kind)
        event.dataTransfer.effectAllowed = 'copy'
      }}
    >
      <Icon size={15} aria-hidden className={styles.icon} />
      <span className={styles.name}>
        <span>{kind.title}</span>
        {kind.service && <span className={styles.service}>{kind.service}</span>}
      </span>
      <span className={styles.ports} aria-hidden>
        {kind.inputs.map((port) => (
          <PortShape key={port.name} type={port.type} size={10} filled={false} />
        ))}
        {kind.outputs.map((port) => (
          <PortShape key={port.name} type={port.type} size={10} />
        ))}
      </span>
    </div>
  )
}

function portsText(kind: NodeKind): string {
  const side = (ports: NodeKind['inputs']) => [...new Set(ports.map((port) => PORT_WORDS[port.type]))].join(' and ')
  return [
    kind.inputs.length > 0 && `takes ${side(kind.inputs)}`,
    kind.outputs.length > 0 && `gives ${side(kind.outputs)}`,
  ]
    .filter(Boolean)
    .join(', ')
}

function matching(text: string): NodeKind[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return nodeKinds.filter((kind) => {
    const all = `${kind.title} ${kind.service ?? ''} ${kind.group} ${kind.kind} ${kind.summary}`.toLowerCase()
    return words.every((word) => all.includes(word))
  })
}

function groupsOf(kinds: readonly NodeKind[]): [string, NodeKind[]][] {
  const groups = new Map<string, NodeKind[]>()
  for (const kind of kinds) groups.set(kind.group, [...(groups.get(kind.group) ?? []), kind])
  return [...groups]
}
