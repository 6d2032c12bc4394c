import { Camera, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { FileStatus } from '../../../engines/hdfs/contract.ts'
import { formatTime, notifyError, openView, useAction, useCall, useConfirmed } from '../../lib/index.ts'
import { Button, Buttons, ConfirmDialog, IconButton, Section, Switch } from '../../ui/index.ts'
import styles from './hdfs.module.css'
import { NamePrompt } from './NamePrompt.tsx'
import { within } from './paths.ts'
import { useClusterName } from './shownCluster.ts'

/** Snapshots of a folder: what it held at a moment, at the cost of what has changed since. */
export function Snapshots({ folder, turn }: { folder: FileStatus; turn: unknown }) {
  const { path, snapshottable } = folder
  const cluster = useClusterName()
  const [creating, setCreating] = useState(false)
  const [renaming, setRenaming] = useState<string | null>(null)
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((each: string) => remove.run(each))
  const list = useCall(
    (clients, signal) =>
      snapshottable ? clients.hdfs.list({ cluster, path: within(path, '.snapshot') }, { signal }) : null,
    [cluster, path, snapshottable, turn],
  )
  const allow = useAction(
    (clients, signal, allowed: boolean) => clients.hdfs.setSnapshottable({ cluster, path, allowed }, { signal }),
    {
      onError: (error) => notifyError('Snapshots were not changed', error),
    },
  )
  const remove = useAction(
    (clients, signal, name: string) => clients.hdfs.deleteSnapshot({ cluster, path, name }, { signal }),
    {
      onError: (error) => notifyError('The snapshot was not deleted', error),
    },
  )
  return (
    <Section title="Snapshots" badge={list.data?.length}>
      <div className={styles.form}>
        <Switch checked={snapshottable} onChange={(on) => void allow.run(on)}>
          Snapshots may be taken
        </Switch>
        {snapshottable && (
          <>
            {list.data && list.data.length > 0 && (
              <ul className={styles.snapshots}>
                {list.data.map(({ name, path: place, modifiedMs }) => (
                  <li key={name}>
                    <button
                      type="button"
                      className={styles.open}
                      title={`Of ${formatTime(modifiedMs)}`}
                      onClick={() => openView('hdfs.folder', { cluster, path: place })}
                    >
                      {name}
                    </button>
                    <IconButton
                      size="s"
                      icon={<Pencil size={12} />}
                      label={`Rename ${name}`}
                      onClick={() => setRenaming(name)}
                    />
                    <IconButton
                      size="s"
                      icon={<Trash2 size={12} />}
                      label={`Delete ${name}`}
                      onClick={() => askDelete(name)}
                    />
                  </li>
                ))}
              </ul>
            )}
            <Buttons>
              <Button size="s" icon={<Camera size={13} />} onClick={() => setCreating(true)}>
                Take a snapshot…
              </Button>
            </Buttons>
          </>
        )}
      </div>
      <NamePrompt
        open={creating}
        title={`Take a snapshot of ${path}`}
        label="Name"
        action="Take it"
        onClose={() => setCreating(false)}
        done={(clients, name) => clients.hdfs.createSnapshot({ cluster, path, name })}
      />
      <NamePrompt
        open={renaming !== null}
        title={`Rename the snapshot ${renaming}`}
        label="Name"
        initial={renaming ?? ''}
        action="Rename"
        onClose={() => setRenaming(null)}
        done={(clients, to) => clients.hdfs.renameSnapshot({ cluster, path, from: renaming!, to })}
      />
      <ConfirmDialog
        {...dialog}
        title={`Delete the snapshot ${deleting}?`}
        message="What only this snapshot kept goes from every node. This cannot be undone."
        action="Delete snapshot"
      />
    </Section>
  )
}
