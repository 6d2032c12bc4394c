import type { Connection } from '../../lib/clients.tsx'
import type { Header } from './model/header.ts'
import { Session, type SessionParams } from './session.ts'

/** The sessions of the tabs that are open. */
const open = new Map<string, { session: Session; users: number }>()

/** What the header of an open tab says. */
export function headerOfTab(key: string): Partial<Header> {
  return open.get(key)?.session.header ?? {}
}

export function acquire(key: string, params: SessionParams, connection: Connection): Session {
  const known = open.get(key)
  if (known) {
    known.users++
    return known.session
  }
  const session = new Session(key, params, connection)
  open.set(key, { session, users: 1 })
  void session.load()
  return session
}

/** Gives a session back. It outlives a tab that is only drawn anew elsewhere. */
export function release(key: string): void {
  const known = open.get(key)
  if (!known || --known.users > 0) return
  setTimeout(() => {
    if (known.users > 0 || open.get(key) !== known) return
    // Closed for good, and the window asked about unsaved work: what was discarded must not come back.
    known.session.forget()
    known.session.connection.close()
    open.delete(key)
  }, 1000)
}

/** A draft became a file: its session, with results, goes on under the file's tab. */
export function adopt(from: string, to: string, path: string): void {
  const known = open.get(from)
  if (!known) return
  known.session.forget()
  known.session.key = to
  known.session.path = path
  open.delete(from)
  open.set(to, { session: known.session, users: 0 })
}
