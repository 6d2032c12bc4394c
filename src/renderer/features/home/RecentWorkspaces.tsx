import { FolderOpen, FolderX, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { RecentWorkspace } from '../../../engines/system/contract.ts'
import {
  formatAgo,
  formatTime,
  notifyError,
  plural,
  useAction,
  useCall,
  useDirtyViews,
  useFeed,
  useView,
} from '../../lib/index.ts'
import { Button, ConfirmDialog, ErrorView, IconButton, Spinner, StateDot } from '../../ui/index.ts'
import { isGoing } from './going.ts'
import styles from './Home.module.css'

/** Workspaces that were opened before: one opens in place of this. A page goes to where it is open already. */
export function RecentWorkspaces({ current }: { current: string }) {
  const recent = useCall((clients, signal) => clients.system.recentWorkspaces({}, { signal }), [])
  const { reload } = recent
  const { active } = useView()
  useEffect(() => {
    // What other processes open and close is seen when a person comes back to look.
    if (active) reload()
    addEventListener('focus', reload)
    return () => removeEventListener('focus', reload)
  }, [active, reload])
  const [asking, setAsking] = useState<RecentWorkspace | 'folder' | null>(null)
  const forget = useAction(
    (clients, signal, directory: string) => clients.system.forgetWorkspace({ directory }, { signal }),
    { onDone: reload, onError: (error) => notifyError('The workspace is still on the list', error) },
  )
  const { workspaces = [], problem = null, canOpen = false, canChoose = false } = recent.data ?? {}
  return (
    <section className={styles.card} aria-labelledby="home-workspaces">
      <div className={styles.cardBar}>
        <h2 id="home-workspaces">Recent workspaces</h2>
        {canChoose && (
          <Button size="s" variant="ghost" onClick={() => setAsking('folder')}>
            Open folder…
          </Button>
        )}
      </div>
      {recent.error && !recent.data && <ErrorView compact error={recent.error} title="Workspaces cannot be listed" />}
      {!recent.data && !recent.error && <Spinner label="Listing workspaces…" />}
      {problem && <StateDot state="warn" text={problem} />}
      {recent.data && workspaces.length === 0 && (
        <p className={styles.quiet}>
          No other workspace was opened yet.{' '}
          {canChoose ? 'Any folder can be one.' : 'Any folder becomes one by: millrace serve --workspace FOLDER'}
        </p>
      )}
      <ul>
        {workspaces.map((workspace) => (
          <li key={workspace.directory} className={styles.workspace}>
            <OpenRow
              workspace={workspace}
              elsewhere={!canChoose}
              disabled={!canOpen}
              onAsk={() => setAsking(workspace)}
            />
            <IconButton
              size="s"
              icon={<X size={14} />}
              label={`Take ${workspace.name} off the list`}
              onClick={() => void forget.run(workspace.directory)}
            />
          </li>
        ))}
      </ul>
      <OpenDialog asked={asking} current={current} onClose={() => setAsking(null)} />
    </section>
  )
}

/** `elsewhere`: what is open in another process is a tab of its own, as any address. */
function OpenRow(props: { workspace: RecentWorkspace; elsewhere: boolean; disabled: boolean; onAsk: () => void }) {
  const { name, directory, missing, address, openedMs } = props.workspace
  const Icon = missing ? FolderX : FolderOpen
  const content = (
    <>
      <Icon size={14} aria-hidden />
      <span className={styles.documentTitle}>{name}</span>
      <span className={styles.directory} title={directory}>
        <bdi>{directory}</bdi>
      </span>
      <span className={styles.grow} />
      {missing && <StateDot state="warn" text="Folder is missing" />}
      {address && <StateDot state="good" text="Open" />}
      <span className={styles.when} title={formatTime(openedMs)}>
        {formatAgo(openedMs, Date.now())}
      </span>
    </>
  )
  if (address && props.elsewhere)
    return (
      <a className={styles.document} href={address} target="_blank" rel="noreferrer">
        {content}
      </a>
    )
  return (
    <button type="button" className={styles.document} disabled={missing || props.disabled} onClick={props.onAsk}>
      {content}
    </button>
  )
}

/** This workspace closes first, so what that ends is said before. */
function OpenDialog(props: { asked: RecentWorkspace | 'folder' | null; current: string; onClose: () => void }) {
  const { asked, current, onClose } = props
  const runs = useFeed((clients, signal) => clients.pipeline.watchRuns({}, { signal }), [])
  const unsaved = useDirtyViews((state) => Object.values(state.dirty).filter(Boolean).length)
  const going = (runs.data ?? []).filter(isGoing).length
  const open = useAction(
    (clients, signal) =>
      clients.system.openWorkspace(asked === 'folder' || asked === null ? {} : { directory: asked.directory }, {
        signal,
      }),
    {
      onDone: ({ address }) => {
        onClose()
        if (address !== null) goOnAt(address)
      },
      onError: (error) => notifyError('The workspace was not opened', error),
    },
  )
  return (
    <ConfirmDialog
      open={asked !== null}
      danger={going > 0 || unsaved > 0}
      title={asked === 'folder' || asked === null ? 'Open another workspace?' : `Open ${asked.name}?`}
      message={[
        `${current} closes first; its tabs are there again when it is opened.`,
        going > 0 && `${plural(going, 'run')} under way ${going === 1 ? 'is' : 'are'} ended.`,
        unsaved > 0 && `Changes of ${plural(unsaved, 'tab')} are not saved and would be lost.`,
      ]
        .filter(Boolean)
        .join(' ')}
      action={asked === 'folder' ? 'Choose a folder…' : 'Open'}
      pending={open.pending}
      onClose={onClose}
      onConfirm={() => void open.run()}
    />
  )
}

/** The same page with what opens the other workspace in its fragment, which alone does not load it anew. */
function goOnAt(address: string): void {
  location.replace(address)
  location.reload()
}
