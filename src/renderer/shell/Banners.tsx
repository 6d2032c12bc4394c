import { Lock, PlugZap, ShieldAlert } from 'lucide-react'
import type { EngineError } from '../../engines/kit/pure/errors.ts'
import { useConnection, useConnectionState } from '../lib/clients.tsx'
import { notifyError } from '../lib/notify.ts'
import { useAction } from '../lib/useCall.ts'
import { Banner, Button, ErrorView } from '../ui/index.ts'
import { useWorkspace } from './workspace.ts'

/** What limits the whole window: no connection, no trust, a workspace from a newer version. */
export function Banners({ error }: { error: EngineError | undefined }) {
  const { info, reload } = useWorkspace()
  const state = useConnectionState()
  const { retry } = useConnection()
  const trust = useAction((clients, signal) => clients.workspace.trust({}, { signal }), {
    onDone: reload,
    onError: (failure) => notifyError('The workspace could not be trusted', failure),
  })
  return (
    <>
      {(state === 'lost' || state === 'refused') && (
        <Banner
          tone="bad"
          icon={<PlugZap size={16} aria-hidden />}
          actions={
            <Button size="s" onClick={retry}>
              Try now
            </Button>
          }
        >
          {state === 'lost'
            ? 'Millrace does not answer. This window connects again by itself; if the program was started anew, open the address that it printed.'
            : 'Millrace refused this window: open the address that the program printed when it started.'}
        </Banner>
      )}
      {error && <ErrorView title="The workspace could not be opened" error={error} />}
      {info && !info.trusted && (
        <Banner
          tone="warn"
          icon={<ShieldAlert size={16} aria-hidden />}
          actions={
            <Button size="s" variant="primary" pending={trust.pending} onClick={() => void trust.run()}>
              Trust this workspace
            </Button>
          }
        >
          This workspace was not made here, so it runs nothing of its own: no functions, triggers or automatic runs.
          Trust it if you know where it comes from.
        </Banner>
      )}
      {info?.readOnly && (
        <Banner tone="accent" icon={<Lock size={16} aria-hidden />}>
          This workspace was written by a newer Millrace: it can be looked at, not changed.
        </Banner>
      )}
    </>
  )
}
