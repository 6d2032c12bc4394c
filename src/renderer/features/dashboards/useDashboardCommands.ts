import { useEffect } from 'react'
import { notifyError, useCommands, useView } from '../../lib/index.ts'
import { useDashboard } from './context.ts'
import { copyItem, pasteItem } from './model/edit.ts'

const GROUP = 'Dashboard'

/** Keys and commands of a dashboard. Those that move and delete a card are the card's own, while it has the focus. */
export function useDashboardCommands(root: React.RefObject<HTMLElement | null>, refresh: () => void): void {
  const { session, reader } = useDashboard()
  const { active } = useView()
  useCommands(() => {
    const save = () => session.save().catch((thrown: unknown) => notifyError('The dashboard was not saved', thrown))
    const stepBack = () => {
      const state = reader.getState()
      if (state.presenting) reader.setState({ presenting: false })
      else if (state.picks.length > 0) reader.setState({ picks: [] })
      else reader.setState({ selected: null })
    }
    const state = () => reader.getState()
    return [
      { id: 'dashboards.save', title: 'Save dashboard', group: GROUP, shortcut: 'Mod+S', overEditors: true, run: save },
      {
        id: 'dashboards.undo',
        title: 'Undo',
        group: GROUP,
        shortcut: 'Mod+Z',
        run: () => session.undo(),
        when: () => (session.state.history?.past.length ?? 0) > 0,
      },
      {
        id: 'dashboards.redo',
        title: 'Redo',
        group: GROUP,
        shortcut: 'Mod+Shift+Z Mod+Y',
        run: () => session.redo(),
        when: () => (session.state.history?.future.length ?? 0) > 0,
      },
      { id: 'dashboards.refresh', title: 'Ask for the data again', group: GROUP, shortcut: 'F5', run: refresh },
      {
        id: 'dashboards.present',
        title: 'Present',
        group: GROUP,
        shortcut: 'F11',
        run: () => reader.setState({ presenting: true, selected: null }),
      },
      {
        id: 'dashboards.escape',
        title: 'Clear filters and selection',
        group: GROUP,
        shortcut: 'Escape',
        run: stepBack,
        when: () => state().presenting || state().picks.length > 0 || state().selected !== null,
      },
    ]
  }, [session, reader, refresh])

  // Copy and paste come as the browser's own events, which may use the clipboard without asking.
  useEffect(() => {
    if (!active) return
    const onCard = (event: ClipboardEvent) => {
      const target = event.target instanceof Element ? event.target : null
      const typing = target?.closest('input, textarea, [role=grid], [role=dialog]')
      return !typing && root.current?.offsetParent && (globalThis.getSelection()?.toString() ?? '') === ''
    }
    const copy = (event: ClipboardEvent) => {
      const { selected } = reader.getState()
      const text = selected && session.document && onCard(event) ? copyItem(session.document, selected) : null
      if (!text) return
      event.clipboardData?.setData('text/plain', text)
      event.preventDefault()
    }
    const paste = (event: ClipboardEvent) => {
      const { document } = session
      const sheet = document?.sheets.find(({ id }) => id === reader.getState().sheet) ?? document?.sheets[0]
      const text = event.clipboardData?.getData('text/plain')
      const made = document && sheet && text && onCard(event) ? pasteItem(document, sheet.id, text) : null
      if (!made) return
      session.apply('Paste', () => made.document)
      reader.setState({ selected: made.id })
      event.preventDefault()
    }
    document.addEventListener('copy', copy)
    document.addEventListener('paste', paste)
    return () => {
      document.removeEventListener('copy', copy)
      document.removeEventListener('paste', paste)
    }
  }, [active, root, session, reader])
}
