import { notifyError } from '../lib/notify.ts'
import { useDirtyViews } from '../lib/view.tsx'
import { Button, ConfirmDialog, Dialog } from '../ui/index.ts'
import { dock, useDock } from './dockState.ts'

/** Asks before tabs with unsaved changes close, and saves them where they can be saved. */
export function CloseQuestion() {
  const closing = useDock((state) => state.closing)
  const tabs = useDock((state) => state.tabs)
  const lost = useDirtyViews((state) => state.lost)
  const save = useDirtyViews((state) => state.save)
  const nameOf = (id: string) => `“${tabs.find((tab) => tab.id === id)?.title ?? id}”`
  const unsaved = closing.filter((id) => !lost[id])
  const changed = `${unsaved.map(nameOf).join(', ')} ${unsaved.length > 1 ? 'have' : 'has'} changes that are not saved.`
  const sentences = closing.flatMap((id) => (lost[id] ? [`${nameOf(id)} ${lost[id]}`] : []))
  const anyway = sentences.length > 0
  if (unsaved.length > 0) sentences.push(`${changed} They are lost on closing.`)
  const done = () => useDock.setState({ closing: [] })
  const discard = () => {
    done()
    for (const id of closing) useDirtyViews.getState().discard[id]?.()
    close(closing)
  }
  const open = closing.length > 0
  const saves = open && closing.every((id) => save[id] && !lost[id])
  return (
    <>
      <Dialog
        open={saves}
        onClose={done}
        title={closing.length > 1 ? 'Save them before they close?' : 'Save it before it closes?'}
        description={changed}
        width={440}
        footer={
          <>
            <Button onClick={done}>Cancel</Button>
            <Button onClick={discard}>Don’t save</Button>
            <Button
              ref={focusVisibly}
              variant="primary"
              onClick={() => {
                done()
                void saveAndClose(closing)
              }}
            >
              {closing.length > 1 ? 'Save all' : 'Save'}
            </Button>
          </>
        }
      />
      <ConfirmDialog
        open={open && !saves}
        onClose={done}
        onConfirm={discard}
        title={anyway ? 'Close anyway?' : 'Close without saving?'}
        message={sentences.join(' ')}
        action={anyway ? 'Close anyway' : 'Close without saving'}
      />
    </>
  )
}

/** The key that closes a tab has a modifier, for which browsers show no focus by themselves. */
function focusVisibly(button: HTMLButtonElement | null): void {
  button?.focus({ focusVisible: true } as FocusOptions)
}

function close(ids: readonly string[]): void {
  useDirtyViews.setState(({ dirty }) => ({ dirty: { ...dirty, ...Object.fromEntries(ids.map((id) => [id, false])) } }))
  dock.actions?.close(ids)
}

/** One after the other, each in sight while it asks; what is not saved stays open, and what comes after it. */
async function saveAndClose(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    dock.actions?.focus(id)
    try {
      if (!(await useDirtyViews.getState().save[id]?.())) return
    } catch (thrown) {
      return notifyError('It was not saved, and stays open', thrown)
    }
    close([id])
  }
}
