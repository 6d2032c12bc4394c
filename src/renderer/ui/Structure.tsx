import { ChevronRight } from 'lucide-react'
import { Fragment, type ReactNode, useState } from 'react'
import { cx } from './cx.ts'
import styles from './Structure.module.css'

/** Where this page is; the last part is the page itself. */
export function Breadcrumbs({ path }: { path: { title: string; onOpen?: () => void }[] }) {
  return (
    <nav aria-label="Breadcrumbs" className={styles.crumbs}>
      {path.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat; a part is its place in the path
        <Fragment key={index}>
          {index > 0 && <ChevronRight size={12} aria-hidden className={styles.crumbArrow} />}
          {part.onOpen && index < path.length - 1 ? (
            <button type="button" className={cx(styles.part, styles.crumb)} title={part.title} onClick={part.onOpen}>
              {part.title}
            </button>
          ) : (
            <span
              className={cx(styles.part, index === path.length - 1 && styles.crumbHere)}
              title={part.title}
              aria-current={index === path.length - 1 ? 'page' : undefined}
            >
              {part.title}
            </span>
          )}
        </Fragment>
      ))}
    </nav>
  )
}

/** A part of an inspector or explorer that folds. */
export function Section({
  title,
  badge,
  actions,
  open: initial = true,
  flush = false,
  children,
}: {
  title: string
  badge?: ReactNode
  actions?: ReactNode
  open?: boolean
  /** Without padding around the content, for trees and tables. */
  flush?: boolean
  children: ReactNode
}) {
  const [open, setOpen] = useState(initial)
  return (
    <section className={styles.section}>
      <div className={styles.sectionBar}>
        <h3 className={styles.sectionTitle}>
          <button type="button" aria-expanded={open} className={styles.fold} onClick={() => setOpen(!open)}>
            <ChevronRight size={14} aria-hidden className={cx(styles.foldArrow, open && styles.down)} />
            <span className={styles.foldTitle} title={title}>
              {title}
            </span>
            {badge !== undefined && <span className={styles.count}>{badge}</span>}
          </button>
        </h3>
        {actions && <div className={styles.sectionActions}>{actions}</div>}
      </div>
      {open && <div className={cx(styles.sectionBody, flush && styles.flush)}>{children}</div>}
    </section>
  )
}

/** Names and values, aligned. Values can be selected and copied. */
export function PropertyList({ items }: { items: (readonly [name: string, value: ReactNode] | false | null)[] }) {
  return (
    <dl className={styles.properties}>
      {items.map(
        (item) =>
          item && (
            <Fragment key={item[0]}>
              <dt>{item[0]}</dt>
              <dd data-selectable>{item[1]}</dd>
            </Fragment>
          ),
      )}
    </dl>
  )
}

/** A page of a resource: breadcrumbs and actions above, the content scrolling below. */
export function Page({
  path,
  actions,
  children,
  scroll = true,
}: {
  path: { title: string; onOpen?: () => void }[]
  actions?: ReactNode
  children: ReactNode
  scroll?: boolean
}) {
  return (
    <div className={styles.page}>
      <header className={styles.pageBar}>
        <Breadcrumbs path={path} />
        <div className={styles.pageActions}>{actions}</div>
      </header>
      <div className={cx(styles.pageBody, scroll && styles.scroll)}>{children}</div>
    </div>
  )
}
