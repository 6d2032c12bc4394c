import type { IDockviewPanelHeaderProps } from 'dockview-react'
import { X } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { shortcutOf } from '../lib/commands.ts'
import { useDirtyViews } from '../lib/view.tsx'
import { type MenuItem, PointMenu } from '../ui/index.ts'
import { dock, useDock } from './dockState.ts'
import { tabDescriptions } from './tabDescriptions.ts'
import { useTabKinds } from './tabKinds.ts'

/** A tab's header: icon, title, a dot when unsaved; middle click closes, the right button shows more. */
export function DockTab({ api, params }: IDockviewPanelHeaderProps<{ type: string }>) {
  const [title, setTitle] = useState(api.title)
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | null>(null)
  const dirty = useDirtyViews((state) => state.dirty[api.id] ?? false)
  const { view, Icon } = useTabKinds()(params.type)
  // The tab's own params do not follow when it is given others; the dock's list does.
  const shown = useDock((state) => state.tabs.find(({ id }) => id === api.id)?.params)
  const passing = shown !== undefined && (view?.passing?.(shown) ?? false)
  const description = useDescription(api.id)
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // The dock names its tab by the title alone; what can be read on it must be in its name.
    const name = description ? `${title} ${description}` : (title ?? api.id)
    element.current?.closest('[role=tab]')?.setAttribute('aria-label', name)
  }, [title, description, api])
  const active = useDock((state) => state.active === api.id)
  useEffect(() => {
    const tab = element.current?.closest('[role=tab]')
    const strip = tab?.parentElement
    if (!active || !strip) return
    // Words that come later widen the tabs, and the list of those without room narrows the strip.
    const observer = new ResizeObserver(() => tab.scrollIntoView({ block: 'nearest', inline: 'nearest' }))
    for (const one of [strip, ...strip.children]) observer.observe(one)
    return () => observer.disconnect()
  }, [active])
  useEffect(() => {
    const listening = api.onDidTitleChange((event) => setTitle(event.title))
    return () => listening.dispose()
  }, [api])
  const close = () => dock.actions?.close([api.id])
  const others = () => useDock.getState().tabs.map((tab) => tab.id)
  const items: MenuItem[] = [
    { title: 'Close', shortcut: shortcutOf('shell.closeTab'), onSelect: close },
    { title: 'Close others', onSelect: () => dock.actions?.close(others().filter((id) => id !== api.id)) },
    { title: 'Close all', onSelect: () => dock.actions?.close(others()) },
    'separator',
    {
      title: 'Split to the right',
      shortcut: shortcutOf('shell.splitRight'),
      onSelect: () => dock.actions?.split(api.id, 'right'),
    },
    { title: 'Split below', onSelect: () => dock.actions?.split(api.id, 'below') },
    'separator',
    {
      title: api.isMaximized() ? 'Restore' : 'Maximize',
      shortcut: shortcutOf('shell.maximize'),
      onSelect: () => {
        dock.actions?.focus(api.id)
        dock.actions?.maximize()
      },
    },
  ]
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the dock's own tab element around it has the role and the keyboard
    <div
      ref={element}
      className="mr-tab"
      title={description ? `${title} (${description})` : title}
      onAuxClick={(event) => event.button === 1 && close()}
      onContextMenu={(event) => {
        event.preventDefault()
        event.stopPropagation()
        setMenuAt({ x: event.clientX, y: event.clientY })
      }}
    >
      {Icon && <Icon size={14} />}
      <span className="mr-tab-title" data-passing={passing || undefined}>
        {title}
      </span>
      {/* The space parts the words for those who hear them: they are a name together. */}
      {description && <span className="mr-tab-description"> {description}</span>}
      {/* For the pointer alone: a control inside a tab confuses screen readers, and the keyboard closes tabs by command. */}
      <span
        aria-hidden
        className="mr-tab-close"
        data-dirty={dirty || undefined}
        onPointerDown={(event) => event.stopPropagation()}
        onClick={(event) => {
          event.stopPropagation()
          close()
        }}
      >
        <X size={13} />
      </span>
      <PointMenu at={menuAt} items={items} onClose={() => setMenuAt(null)} />
    </div>
  )
}

/** What tells this tab from others of the same title. */
function useDescription(id: string): string | undefined {
  const tabs = useDock((state) => state.tabs)
  const kindOf = useTabKinds()
  return useMemo(() => tabDescriptions(tabs, (type) => kindOf(type).noun).get(id), [tabs, kindOf, id])
}
