import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import styles from './Dialog.module.css'
import { Dialog } from './Dialog.tsx'
import { ErrorView, type ShownError } from './Notice.tsx'

/** A window of fields with one thing to do: Enter does it, and what went wrong stands above the fields. */
export function FormDialog({
  open = true,
  title,
  width,
  action,
  disabled = false,
  pending,
  error,
  failure,
  onClose,
  onConfirm,
  children,
}: {
  open?: boolean
  title: string
  width?: number
  /** The verb on the button. */
  action: string
  disabled?: boolean
  pending: boolean
  error: ShownError | undefined
  /** What an error means: "The stream was not created". */
  failure: string
  onClose: () => void
  onConfirm: () => void
  children: ReactNode
}) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      {...(width !== undefined && { width })}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={pending} disabled={disabled} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (!disabled && !pending) onConfirm()
        }}
      >
        {error && <ErrorView compact title={failure} error={error} />}
        {children}
      </form>
    </Dialog>
  )
}
