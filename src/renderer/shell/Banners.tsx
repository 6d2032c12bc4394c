import { Lock, PlugZap, RefreshCw, ShieldAlert } from 'lucide-react'
import { useEffect } from 'react'
import type { EngineError } from '../../engines/kit/pure/errors.ts'
import { useConnection, useConnectionState } from '../lib/clients.tsx'
import { notifyError } from '../lib/notify.ts'
import { useAction } from '../lib/useCall.ts'
import { useDirtyViews } from '../lib/view.tsx'
import { Banner, Button, ErrorView } from '../ui/index.ts'
import { loadAnew } from './updated.ts'
import { useWorkspace } from './workspace.ts'

/** Loads the pages of the program that came back. Work that is not saved is not thrown away for it. */
function Outdated() {
  const unsaved = useDirtyViews(({ dirty }) => Object.values(dirty).some(Boolean))
  useEffect(() => {
    if (!unsaved) loadAnew()
  }, [unsaved])
  return (
    <Banner
      tone="accent"
      icon={<RefreshCw size={16} aria-hidden />}
      actions={
        <Button size="s" onClick={loadAnew}>
          Load now
        </Button>
      }
    >
      {unsaved
        ? 'Millrace came back as another version. Tabs with a dot have changes that it does not have: copy what you need, then load the window anew.'
        : 'Millrace came back as another version: loading its window…'}
    </Banner>
  )
}

/** Where the page is from, for a person who has several; the desktop shell has no address. */
function here(): string {
  return location.protocol === 'app:' ? '' : ` at ${location.host}`
}

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
          tone="warn"
          icon={<PlugZap size={16} aria-hidden />}
          actions={
            <Button size="s" onClick={retry}>
              Try now
            </Button>
          }
        >
          {state === 'lost'
            ? `Connection lost, trying again. Millrace does not answer${here()}: if it was stopped, start it, and this window goes on where it was.`
            : `The Millrace${here()} does not know this window: it has another workspace open, or its address was renewed. Open the address that it printed.`}
        </Banner>
      )}
      {state === 'outdated' && <Outdated />}
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
