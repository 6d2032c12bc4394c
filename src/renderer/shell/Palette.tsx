import { Dialog as Base } from '@base-ui/react/dialog'
import { Command as Cmdk } from 'cmdk'
import { useEffect, useMemo, useState } from 'react'
import { create } from 'zustand'
import { useClients } from '../lib/clients.tsx'
import { availableCommands, type Command, runCommand, shortcutOf, useCommandSets } from '../lib/commands.ts'
import type { Resource } from '../lib/feature.ts'
import { openView, viewId } from '../lib/view.tsx'
import { Kbd } from '../ui/index.ts'
import { dock, type OpenTab, useDock } from './dockState.ts'
import { features } from './features.ts'
import { loadFeature } from './loaded.ts'
import styles from './Palette.module.css'
import { paletteRank } from './paletteRank.ts'
import { useTabKinds } from './tabKinds.ts'

export const usePalette = create<{ open: boolean }>(() => ({ open: false }))

/** Everything by name: commands with their shortcuts, open tabs, and the resources of every feature. */
export function Palette() {
  const open = usePalette((state) => state.open)
  const close = () => usePalette.setState({ open: false })
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && close()}>
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={styles.popup} aria-label="Command palette">
          <Content onDone={close} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

function Content({ onDone }: { onDone: () => void }) {
  // Features that load while the palette is open add their commands to it.
  const sets = useCommandSets((state) => state.sets)
  const commands = useMemo(() => (sets ? availableCommands().filter((command) => !command.hidden) : []), [sets])
  const tabs = useDock((state) => state.tabs)
  const active = useDock((state) => state.active)
  const kindOf = useTabKinds()
  const resources = useResources(tabs)
  const groups = useMemo(() => groupCommands(commands), [commands])
  const choose = (work: () => void) => () => {
    onDone()
    // After the dialog has given the focus back, so that what opens may take it.
    setTimeout(work)
  }
  return (
    <Cmdk label="Command palette" loop filter={paletteRank} className={styles.palette}>
      <Cmdk.Input autoFocus placeholder="Type a command, a tab or a resource" className={styles.input} />
      <Cmdk.List className={styles.list}>
        <Cmdk.Empty className={styles.empty}>Nothing matches.</Cmdk.Empty>
        {tabs.length > 1 && (
          <Cmdk.Group heading="Open tabs" className={styles.group}>
            {tabs
              .filter((tab) => tab.id !== active)
              .map((tab) => {
                const { noun, Icon } = kindOf(tab.type)
                return (
                  <Item
                    key={tab.id}
                    value={`tab ${tab.id}`}
                    keywords={[tab.title, noun]}
                    onSelect={choose(() => dock.actions?.focus(tab.id))}
                  >
                    {Icon && <Icon size={14} />} {tab.title}
                    <span className={styles.detail}>{noun}</span>
                  </Item>
                )
              })}
          </Cmdk.Group>
        )}
        {[...groups].map(([group, list]) => (
          <Cmdk.Group key={group} heading={group} className={styles.group}>
            {list.map((command) => (
              <Item
                key={command.id}
                value={`command ${command.id}`}
                keywords={[command.title, group]}
                onSelect={choose(() => void command.run())}
              >
                {command.title}
                {command.shortcut && <Kbd keys={command.shortcut.split(' ')[0]} />}
              </Item>
            ))}
          </Cmdk.Group>
        ))}
        <Cmdk.Group heading="Go to" className={styles.group}>
          {features.map((entry) => (
            <Item
              key={entry.id}
              value={`go ${entry.id}`}
              keywords={[entry.title, `go to ${entry.title}`]}
              onSelect={choose(() => runCommand(`shell.go.${entry.id}`))}
            >
              <entry.icon size={14} /> {entry.title}
              {shortcutOf(`shell.go.${entry.id}`) && <Kbd keys={shortcutOf(`shell.go.${entry.id}`) ?? ''} />}
            </Item>
          ))}
        </Cmdk.Group>
        {resources.map(({ title, list }) => (
          <Cmdk.Group key={title} heading={title} className={styles.group}>
            {list.map((resource) => (
              <Item
                key={resource.id}
                value={`resource ${resource.id}`}
                keywords={[resource.title, resource.detail ?? '']}
                onSelect={choose(() => openView(resource.view.type, resource.view.params))}
              >
                {resource.icon && <resource.icon size={14} />} {resource.title}
                {resource.detail && <span className={styles.detail}>{resource.detail}</span>}
              </Item>
            ))}
          </Cmdk.Group>
        ))}
      </Cmdk.List>
    </Cmdk>
  )
}

function Item(props: { value: string; keywords: string[]; onSelect: () => void; children: React.ReactNode }) {
  return <Cmdk.Item {...props} className={styles.item} />
}

function groupCommands(commands: readonly Command[]): Map<string, Command[]> {
  const groups = new Map<string, Command[]>()
  for (const command of commands) {
    const group = command.group ?? 'Commands'
    groups.set(group, [...(groups.get(group) ?? []), command])
  }
  return groups
}

const AGAIN_MS = 1000

/** What the features have, asked as the palette opens; each shows as soon as it is known. What is open stands among the tabs. */
function useResources(tabs: readonly OpenTab[]): { title: string; list: readonly Resource[] }[] {
  const clients = useClients()
  const [found, setFound] = useState<Readonly<Record<string, readonly Resource[]>>>({})
  useEffect(() => {
    const stop = new AbortController()
    const ask = async (entry: (typeof features)[number]) => {
      const feature = await loadFeature(entry, clients)
      const list = await feature?.resources?.(clients, stop.signal)
      if (list && !stop.signal.aborted) setFound((before) => ({ ...before, [entry.id]: list }))
    }
    // An engine may just be starting again. One that does not answer then has nothing to offer here; its own screen says why.
    for (const entry of features)
      ask(entry).catch(() => setTimeout(() => stop.signal.aborted || ask(entry).catch(() => {}), AGAIN_MS))
    return () => stop.abort()
  }, [clients])
  const isOpen = new Set(tabs.map((tab) => tab.id))
  return features.flatMap((entry) => {
    const list = found[entry.id]?.filter(({ view }) => !isOpen.has(viewId(view.type, view.params)))
    return list && list.length > 0 ? [{ title: entry.title, list: list.slice(0, 200) }] : []
  })
}
