import { Check, ChevronRight, Copy, TriangleAlert } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Button, IconButton } from './Button.tsx'
import { cx } from './cx.ts'
import styles from './Notice.module.css'

/** What is empty explains the thing in one sentence and offers the first step. */
export function EmptyState({
  icon,
  title,
  children,
  actions,
  compact = false,
}: {
  icon?: ReactNode
  title: string
  children?: ReactNode
  actions?: ReactNode
  /** In a line or two of text alone: one of several that are empty, whose turn it is not yet. */
  compact?: boolean
}) {
  if (compact)
    return (
      <p className={styles.emptyLine}>
        {title}. {children}
      </p>
    )
  return (
    <div className={styles.empty}>
      {icon && <div className={styles.emptyIcon}>{icon}</div>}
      <h3>{title}</h3>
      {children && <p>{children}</p>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  )
}

/** The shape of an error as it is shown; an engine's error fits it. */
export interface ShownError {
  code?: string
  message: string
  at?: {
    file?: string
    path?: string
    node?: string
    field?: string
    line?: number
    column?: number
  }
  stack?: string
}

/** What went wrong, where, and what to do about it; the technical text one click away. */
export function ErrorView({
  error,
  title = 'This did not work',
  advice,
  actions,
  compact = false,
}: {
  error: ShownError
  title?: string
  /** What to do, in one sentence. */
  advice?: ReactNode
  actions?: ReactNode
  compact?: boolean
}) {
  const [open, setOpen] = useState(false)
  const where = placeText(error)
  const technical = technicalText(error)
  return (
    <div role="alert" className={cx(styles.error, compact && styles.compact)}>
      <TriangleAlert size={16} className={styles.errorIcon} aria-hidden />
      <div className={styles.errorBody}>
        <h3>{title}</h3>
        <p>{error.message}</p>
        {where && <p className={styles.where}>{where}</p>}
        {advice && <p className={styles.where}>{advice}</p>}
        <div className={styles.actions}>
          {actions}
          <button type="button" className={styles.more} aria-expanded={open} onClick={() => setOpen(!open)}>
            <ChevronRight size={14} className={cx(open && styles.down)} /> Technical details
          </button>
        </div>
        {open && (
          <div className={styles.technical}>
            <pre>{technical}</pre>
            <CopyButton text={technical} label="Copy details" />
          </div>
        )}
      </div>
    </div>
  )
}

export function CopyButton({
  text,
  label = 'Copy',
  quiet = false,
}: {
  text: string | (() => string)
  label?: string
  /** A small icon, for values of which there are many. */
  quiet?: boolean
}) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === 'string' ? text : text())
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  const icon = copied ? <Check size={13} /> : <Copy size={13} />
  if (quiet) return <IconButton size="s" icon={icon} label={copied ? 'Copied' : label} onClick={() => void copy()} />
  return (
    <Button size="s" icon={icon} onClick={() => void copy()}>
      {copied ? 'Copied' : label}
    </Button>
  )
}

/** A value with what copies it whole. */
export function Copied({ text, label, children }: { text: string; label: string; children: ReactNode }) {
  return (
    <span className={styles.copied}>
      <span title={text}>{children}</span>
      <CopyButton quiet text={text} label={label} />
    </span>
  )
}

/** A line across the top of a view: untrusted, read-only, disconnected. */
export function Banner({
  tone = 'neutral',
  icon,
  children,
  actions,
}: {
  tone?: 'neutral' | 'accent' | 'warn' | 'bad'
  icon?: ReactNode
  children: ReactNode
  actions?: ReactNode
}) {
  return (
    <div role="status" className={cx(styles.banner, styles[`${tone}Banner`])}>
      {icon}
      <span className={styles.bannerText}>{children}</span>
      {actions}
    </div>
  )
}

function placeText({ at }: ShownError): string {
  if (!at) return ''
  const parts = [
    at.file,
    at.node && `node ${at.node}`,
    at.field && `field ${at.field}`,
    at.path,
    at.line !== undefined && `line ${at.line}${at.column === undefined ? '' : `, column ${at.column}`}`,
  ].filter(Boolean)
  return parts.length > 0 ? `In ${parts.join(', ')}` : ''
}

function technicalText(error: ShownError): string {
  return [error.code && `code: ${error.code}`, error.message, error.at && JSON.stringify(error.at), error.stack]
    .filter(Boolean)
    .join('\n')
}
