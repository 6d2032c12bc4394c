import { type Node as FlowNode, type NodeProps, NodeResizer } from '@xyflow/react'
import { memo, useEffect, useRef, useState } from 'react'
import { cx } from '../../../ui/index.ts'
import { useBuilder } from '../context.ts'
import { changeNote, setGroupTitle } from '../model/edit.ts'
import { GRID, type Group, type Note } from '../model/items.ts'
import styles from './Extras.module.css'

export type NoteNode = FlowNode<{ note: Note }, 'note'>
export type GroupNode = FlowNode<{ group: Group }, 'frame'>

/** A note beside the nodes. A double click or Enter writes in it. */
export const NoteCard = memo(function NoteCard({ data, selected }: NodeProps<NoteNode>) {
  const { session } = useBuilder()
  const { note } = data
  const [writing, setWriting] = useState(note.text === '')
  const area = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (writing) area.current?.focus()
  }, [writing])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the inspector is the keyboard's way to a note
    <div className={cx(styles.note, selected && styles.selected)} onDoubleClick={() => setWriting(true)}>
      <NodeResizer
        isVisible={selected && !writing}
        minWidth={12 * GRID}
        minHeight={6 * GRID}
        handleClassName={styles.handle}
        lineClassName={styles.edge}
      />
      {writing ? (
        <textarea
          ref={area}
          className={cx('nodrag nowheel', styles.text)}
          aria-label="Note"
          placeholder="Write a note…"
          value={note.text}
          onChange={(event) =>
            session.apply('Edit note', (d) => changeNote(d, note.id, { text: event.target.value }), `note ${note.id}`)
          }
          onKeyDown={(event) => {
            event.stopPropagation()
            if (event.key === 'Escape') area.current?.blur()
          }}
          onBlur={() => {
            session.settle()
            setWriting(false)
          }}
        />
      ) : (
        <div className={styles.text}>{note.text || <span className={styles.empty}>Empty note</span>}</div>
      )}
    </div>
  )
})

/** The frame around a group's nodes; its title is what it is dragged and selected by. */
export const GroupFrame = memo(function GroupFrame({ data, selected }: NodeProps<GroupNode>) {
  const { session } = useBuilder()
  const { group } = data
  const [writing, setWriting] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (writing) input.current?.select()
  }, [writing])
  return (
    <div className={cx(styles.group, selected && styles.selected)}>
      {writing ? (
        <input
          ref={input}
          className={cx('nodrag', styles.groupInput)}
          aria-label="Title of the group"
          defaultValue={group.title}
          onKeyDown={(event) => {
            event.stopPropagation()
            if (event.key === 'Enter') event.currentTarget.blur()
            if (event.key === 'Escape') setWriting(false)
          }}
          onBlur={(event) => {
            const title = event.target.value.trim()
            if (title !== '' && title !== group.title)
              session.apply('Rename group', (d) => setGroupTitle(d, group.id, title))
            setWriting(false)
          }}
        />
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: the inspector is the keyboard's way to a group
        <div className={cx('group-handle', styles.groupTitle)} onDoubleClick={() => setWriting(true)}>
          {group.title}
        </div>
      )}
    </div>
  )
})
