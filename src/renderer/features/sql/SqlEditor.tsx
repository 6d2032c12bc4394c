import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { useConnection, useFeed, useView, type ViewProps } from '../../lib/index.ts'
import { Button, ErrorView, Loading } from '../../ui/index.ts'
import { useFreshSchemas } from './schema.ts'
import type { Session, SessionParams } from './session.ts'
import { acquire, release } from './tabs.ts'
import { Workbench } from './Workbench.tsx'

/** One query: written, run, and its results. */
export function SqlEditor({ params }: ViewProps<SessionParams & Record<string, string>>) {
  const session = useSession(params)
  useFreshSchemas()
  return session ? <Opened session={session} /> : <Loading />
}

function useSession(params: SessionParams): Session | null {
  const connection = useConnection()
  const { id } = useView()
  const [session, setSession] = useState<Session | null>(null)
  // What a tab was opened with never changes while it is open: its id says it all.
  const [opened] = useState(params)
  useEffect(() => {
    setSession(acquire(id, opened, connection))
    return () => release(id)
  }, [id, opened, connection])
  const changed = useFeed((c, signal) => c.workspace.watchDocuments({}, { signal }), [], {
    initial: null as { change: 'written' | 'deleted' } | null,
    fold: (last, { path, change }) => (path === params.path ? { change } : last),
  })
  useEffect(() => {
    if (changed.data?.change === 'deleted') session?.noticeDeletion()
    else if (changed.data) void session?.noticeChange().catch(() => {})
  }, [changed.data, session])
  return session
}

function Opened({ session }: { session: Session }) {
  const phase = useStore(session.store, (state) => state.phase)
  const error = useStore(session.store, (state) => state.error)
  if (phase === 'loading') return <Loading />
  if (phase === 'missing')
    return (
      <ErrorView
        title="This query cannot be opened"
        error={error ?? { message: `${session.path} is not there.` }}
        actions={<Button onClick={() => void session.load()}>Try again</Button>}
      />
    )
  return <Workbench session={session} />
}
