import type { ReactNode } from 'react'
import { useRemembered } from '../../lib/index.ts'
import { CopyButton, SplitPane } from '../../ui/index.ts'
import styles from './events.module.css'

/** A list, and beside it the text of what is chosen in it. */
export function Detail({
  list,
  label,
  text,
  facts,
}: {
  list: ReactNode
  label: string
  text: string | undefined
  facts?: ReactNode
}) {
  const [width, setWidth] = useRemembered('events.detail', 420)
  if (text === undefined) return <div className={styles.list}>{list}</div>
  return (
    <SplitPane
      label={label}
      sized="second"
      size={width}
      onSize={setWidth}
      first={<div className={styles.list}>{list}</div>}
      second={
        <section className={styles.detail} aria-label={label}>
          <div className={styles.facts}>
            {facts}
            <CopyButton text={text} label="Copy JSON" />
          </div>
          <pre className={styles.text} data-selectable>
            {text}
          </pre>
        </section>
      }
    />
  )
}
