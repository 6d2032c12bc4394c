import type { ReactNode } from 'react'
import type { TextBox } from '../../../../engines/bi/dashboard.ts'
import { TextArea } from '../../../ui/index.ts'
import { useDashboard } from '../context.ts'
import { editTextBox } from '../model/edit.ts'
import styles from './canvas.module.css'

/** Text on the canvas: lines that begin with # are headings, ** makes bold, - a list. */
export function TextCard({ box, editing }: { box: TextBox; editing: boolean }) {
  const { session } = useDashboard()
  return (
    <>
      <div className={`${styles.textHandle} visual-handle`} aria-hidden />
      {editing ? (
        <TextArea
          className={styles.textArea}
          aria-label="Text"
          value={box.text}
          onChange={(text) =>
            session.apply('Edit text', (document) => editTextBox(document, box.id, text), `text:${box.id}`)
          }
          onBlur={() => session.settle()}
        />
      ) : (
        <div className={styles.text}>{paragraphs(box.text)}</div>
      )}
    </>
  )
}

function paragraphs(text: string): ReactNode[] {
  return text.split('\n').map((line, index) => {
    const key = `${index}`
    const heading = /^(#{1,3})\s+(.*)$/.exec(line)
    if (heading)
      return (
        <h2 key={key} data-level={heading[1].length}>
          {spans(heading[2])}
        </h2>
      )
    if (/^[-*]\s+/.test(line))
      return (
        <p key={key} data-item>
          {spans(line.replace(/^[-*]\s+/, ''))}
        </p>
      )
    return <p key={key}>{line === '' ? '\u00a0' : spans(line)}</p>
  })
}

function spans(line: string): ReactNode[] {
  return line.split('**').map((part, index) => {
    const key = `${index}`
    return index % 2 === 1 ? <strong key={key}>{part}</strong> : part
  })
}
