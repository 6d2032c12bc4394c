import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { Button } from './Button.tsx'
import styles from './Dialog.module.css'
import { Field, Input } from './Input.tsx'

/** A window over the window. Escape and a click outside close it; focus returns where it was. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  footer,
  width = 480,
  children,
}: {
  open: boolean
  onClose: () => void
  title: string
  description?: ReactNode
  footer?: ReactNode
  width?: number
  children?: ReactNode
}) {
  const body = useRef<HTMLDivElement>(null)
  const firstField = () => body.current?.querySelector<HTMLElement>('input:not([disabled]), textarea, select') ?? true
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={styles.popup} style={{ width }} initialFocus={firstField}>
          <header className={styles.header}>
            <Base.Title className={styles.title}>{title}</Base.Title>
            <Base.Close className={styles.close} aria-label="Close">
              <X size={16} />
            </Base.Close>
          </header>
          <div ref={body} className={styles.body}>
            {description && <Base.Description className={styles.description}>{description}</Base.Description>}
            {children}
          </div>
          {footer && <footer className={styles.footer}>{footer}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

/**
 * Asks before something that cannot be undone. With `name`, the person types the thing's name first, so that the wrong
 * one is not destroyed by habit.
 */
export function ConfirmDialog({
  open,
  onClose,
  onConfirm,
  title,
  message,
  action,
  name,
  danger = true,
  pending = false,
}: {
  open: boolean
  onClose: () => void
  onConfirm: () => void
  title: string
  message: ReactNode
  /** The verb on the button: "Delete stream". */
  action: string
  name?: string
  danger?: boolean
  pending?: boolean
}) {
  const [typed, setTyped] = useState('')
  const allowed = name === undefined || typed === name
  const close = () => {
    setTyped('')
    onClose()
  }
  const confirm = () => {
    setTyped('')
    onConfirm()
  }
  return (
    <Dialog
      open={open}
      onClose={close}
      title={title}
      description={message}
      width={440}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant={danger ? 'danger' : 'primary'} disabled={!allowed} pending={pending} onClick={confirm}>
            {action}
          </Button>
        </>
      }
    >
      {name !== undefined && (
        <Field label={`Type “${name}” to go on`}>
          {({ invalid: _, ...ids }) => (
            <Input
              {...ids}
              value={typed}
              onChange={setTyped}
              onKeyDown={(event) => event.key === 'Enter' && allowed && confirm()}
            />
          )}
        </Field>
      )}
    </Dialog>
  )
}
