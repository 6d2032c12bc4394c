import { FolderOpen } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button, EmptyState, ErrorView, Loading } from '../../ui/index.ts'

/** Waiting, failed, empty or there: the four states of a list. */
export function Listed({
  call,
  empty,
  what,
  hint,
  action,
  children,
}: {
  call: { data: unknown; error: Parameters<typeof ErrorView>[0]['error'] | undefined; reload: () => void }
  empty: boolean | undefined
  what: string
  hint: string
  action: ReactNode
  children: ReactNode
}) {
  if (call.error && call.data === undefined)
    return (
      <ErrorView
        compact
        title={`${what} cannot be read`}
        error={call.error}
        actions={
          <Button size="s" onClick={call.reload}>
            Try again
          </Button>
        }
      />
    )
  if (call.data === undefined) return <Loading />
  if (empty)
    return (
      <EmptyState icon={<FolderOpen size={18} />} title={`${what} is empty`} actions={action}>
        {hint}
      </EmptyState>
    )
  return children
}
