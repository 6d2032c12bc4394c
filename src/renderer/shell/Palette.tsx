import { Dialog as Base } from '@base-ui/react/dialog'
import { Command as Cmdk } from 'cmdk'
import { useEffect, useMemo, useState } from 'react'
import { create } from 'zustand'
import { useClients } from '../lib/clients.tsx'
import { availableCommands, runCommand, shortcutOf, useCommandSets } from '../lib/commands.ts'
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

/** What can be chosen: found by its names, of which the first stands in the list. */
interface Entry {
  readonly id: string
  readonly names: readonly string[]
  readonly Icon?: React.ComponentType<{ size?: number }> | undefined
  readonly detail?: React.ReactNode
  run(): void
}

interface Group {
  /** Commands and resources of a feature stand under the same heading. */
  readonly id: string
  readonly heading: string
  readonly entries: readonly Entry[]
}

function Content({ onDone }: { onDone: () => void }) {
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState('')
  const groups = ranked(useGroups(), typed)
  const first = groups[0]?.entries[0]?.id ?? ''
  // What answers best is chosen, also where it comes a moment after the text.
  useEffect(() => setChosen(first), [first])
  const choose = (work: () => void) => () => {
    onDone()
    // After the dialog has given the focus back, so that what opens may take it.
    setTimeout(work)
  }
  return (
    <Cmdk
      label="Command palette"
      loop
      shouldFilter={false}
      value={chosen}
      onValueChange={setChosen}
      className={styles.palette}
    >
      <Cmdk.Input
        autoFocus
        placeholder="Type a command, a tab or a resource"
        value={typed}
        onValueChange={setTyped}
        className={styles.input}
      />
      <Cmdk.List className={styles.list}>
        <Cmdk.Empty className={styles.empty}>Nothing matches.</Cmdk.Empty>
        {groups.map(({ id: group, heading, entries }) => (
          <Cmdk.Group key={group} heading={heading} className={styles.group}>
            {entries.map(({ id, names, Icon, detail, run }) => (
              <Cmdk.Item key={id} value={id} onSelect={choose(run)} className={styles.item}>
                {Icon && <Icon size={14} />} {names[0]}
                {detail}
              </Cmdk.Item>
            ))}
          </Cmdk.Group>
        ))}
      </Cmdk.List>
    </Cmdk>
  )
}

/** Open tabs, commands by their groups, the features, and the resources of each. */
function useGroups(): Group[] {
  // Features that load while the palette is open add their commands to it.
  const sets = useCommandSets((state) => state.sets)
  const commands = useMemo(() => (sets ? availableCommands().filter((command) => !command.hidden) : []), [sets])
  const tabs = useDock((state) => state.tabs)
  const active = useDock((state) => state.active)
  const kindOf = useTabKinds()
  const resources = useResources(tabs)
  const beside = (text: string | undefined) => text && <span className={styles.detail}>{text}</span>
  const keys = (shortcut: string | undefined) => shortcut && <Kbd keys={shortcut.split(' ')[0]} />
  const ofCommands = Map.groupBy(commands, ({ group = 'Commands' }) => group)
  return [
    {
      id: 'tabs',
      heading: 'Open tabs',
      entries: tabs
        .filter((tab) => tab.id !== active)
        .map((tab) => {
          const { noun, Icon } = kindOf(tab.type)
          const run = () => dock.actions?.focus(tab.id)
          return { id: `tab ${tab.id}`, names: [tab.title, noun], Icon, detail: beside(noun), run }
        }),
    },
    ...[...ofCommands].map(([heading, list]) => ({
      id: `commands ${heading}`,
      heading,
      entries: list.map((command) => ({
        id: `command ${command.id}`,
        names: [command.title, heading],
        detail: keys(command.shortcut),
        run: () => void command.run(),
      })),
    })),
    {
      id: 'go',
      heading: 'Go to',
      entries: features.map((entry) => ({
        id: `go ${entry.id}`,
        names: [entry.title, `go to ${entry.title}`],
        Icon: entry.icon,
        detail: keys(shortcutOf(`shell.go.${entry.id}`)),
        run: () => runCommand(`shell.go.${entry.id}`),
      })),
    },
    ...resources.map(({ title, list }) => ({
      id: `resources ${title}`,
      heading: title,
      entries: list.map((resource) => ({
        id: `resource ${resource.id}`,
        names: [resource.title, resource.detail ?? ''],
        Icon: resource.icon,
        detail: beside(resource.detail),
        run: () => openView(resource.view.type, resource.view.params),
      })),
    })),
  ]
}

/** What answers the text, best first, in the group of the best. */
function ranked(groups: readonly Group[], typed: string): Group[] {
  if (typed.trim() === '') return groups.filter(({ entries }) => entries.length > 0)
  return groups
    .map(({ entries, ...group }) => {
      const found = entries
        .map((entry) => ({ entry, rank: paletteRank(entry.names, typed) }))
        .filter(({ rank }) => rank > 0)
      found.sort((a, b) => b.rank - a.rank)
      return { ...group, entries: found.map(({ entry }) => entry), best: found[0]?.rank ?? 0 }
    })
    .filter(({ best }) => best > 0)
    .sort((a, b) => b.best - a.best)
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
