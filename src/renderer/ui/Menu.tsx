import { ContextMenu as BaseContext } from '@base-ui/react/context-menu'
import { Menu as Base } from '@base-ui/react/menu'
import { Check, ChevronRight } from 'lucide-react'
import {
  type ComponentPropsWithRef,
  cloneElement,
  type ReactElement,
  type ReactNode,
  useEffect,
  useRef,
  useState,
} from 'react'
import { cx } from './cx.ts'
import { Kbd } from './Kbd.tsx'
import styles from './Menu.module.css'

export type MenuItem =
  | {
      title: string
      icon?: ReactNode
      shortcut?: string
      disabled?: boolean
      danger?: boolean
      /** Shown with a tick when true; leaves room for one when false. */
      checked?: boolean
      onSelect?: () => void
      items?: MenuItem[]
    }
  | 'separator'
  | { heading: string }

const FIRST_ITEM = '[role^="menuitem"]:not([aria-disabled="true"])'

/**
 * A button that opens a menu. `trigger` must take a ref and the props of a button. What floats is made when it is first asked for: a screen
 * has many menus, and few are opened.
 */
export function Menu({
  trigger,
  items,
  align = 'start',
  side = 'bottom',
}: {
  trigger: ReactElement
  items: MenuItem[]
  align?: 'start' | 'center' | 'end'
  side?: 'top' | 'bottom' | 'left' | 'right'
}) {
  const [opened, setOpened] = useState<'pointer' | 'keyboard' | null>(null)
  const [used, setUsed] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const popup = useRef<HTMLDivElement>(null)
  const open = (by: 'pointer' | 'keyboard') => {
    setUsed(true)
    setOpened(by)
  }
  // As in every menu of a desktop, the keyboard lands on the first item and the pointer on none.
  useEffect(() => {
    if (opened !== 'keyboard') return
    const frame = requestAnimationFrame(() => popup.current?.querySelector<HTMLElement>(FIRST_ITEM)?.focus())
    return () => cancelAnimationFrame(frame)
  }, [opened])
  return (
    <>
      {cloneElement(trigger as ReactElement<ComponentPropsWithRef<'button'>>, {
        ref: button,
        'aria-haspopup': 'menu',
        'aria-expanded': opened !== null,
        onClick: ({ detail }) => open(detail === 0 ? 'keyboard' : 'pointer'),
        onKeyDown: (event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
          event.preventDefault()
          open('keyboard')
        },
      })}
      {used && (
        <Base.Root open={opened !== null} onOpenChange={(open) => !open && setOpened(null)}>
          <Base.Portal>
            <Base.Positioner className={styles.positioner} anchor={button} sideOffset={4} align={align} side={side}>
              <Base.Popup ref={popup} className={styles.popup} finalFocus={button}>
                <MenuItems items={items} />
              </Base.Popup>
            </Base.Positioner>
          </Base.Portal>
        </Base.Root>
      )}
    </>
  )
}

/** The menu of the right button and of the menu key. `items` is asked when the menu opens. */
export function ContextMenu({
  items,
  children,
  className,
}: {
  items: MenuItem[]
  children: ReactNode
  className?: string
}) {
  return (
    <BaseContext.Root>
      <BaseContext.Trigger className={className}>{children}</BaseContext.Trigger>
      {items.length > 0 && (
        <BaseContext.Portal>
          <BaseContext.Positioner className={styles.positioner}>
            <BaseContext.Popup className={styles.popup}>
              <MenuItems items={items} />
            </BaseContext.Popup>
          </BaseContext.Positioner>
        </BaseContext.Portal>
      )}
    </BaseContext.Root>
  )
}

/** A menu at a point of the page, for canvases and virtual lists. */
export function PointMenu({
  at,
  items,
  onClose,
}: {
  at: { x: number; y: number } | null
  items: MenuItem[]
  onClose: () => void
}) {
  const anchor = at && { getBoundingClientRect: () => DOMRect.fromRect({ x: at.x, y: at.y, width: 0, height: 0 }) }
  return (
    <Base.Root open={at !== null && items.length > 0} onOpenChange={(open) => !open && onClose()} modal={false}>
      <Base.Portal>
        <Base.Positioner className={styles.positioner} anchor={anchor} side="bottom" align="start" sideOffset={2}>
          <Base.Popup className={styles.popup}>
            <MenuItems items={items} />
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

function MenuItems({ items }: { items: MenuItem[] }) {
  const ticks = items.some((item) => typeof item === 'object' && 'checked' in item && item.checked !== undefined)
  const icons = items.some((item) => typeof item === 'object' && 'icon' in item && item.icon !== undefined)
  return items.map((item, index) => {
    // Items have no identity of their own: the list is written anew each time the menu opens.
    const key = `${index}`
    if (item === 'separator') return <Base.Separator key={key} className={styles.separator} />
    if ('heading' in item)
      return (
        <div key={key} className={styles.heading}>
          {item.heading}
        </div>
      )
    const content = (
      <>
        {ticks && <span className={styles.mark}>{item.checked && <Check size={14} />}</span>}
        {icons && <span className={styles.mark}>{item.icon}</span>}
        <span className={styles.title}>{item.title}</span>
      </>
    )
    if (item.items)
      return (
        <Base.SubmenuRoot key={key} disabled={item.disabled}>
          <Base.SubmenuTrigger className={styles.item}>
            {content}
            <ChevronRight size={14} />
          </Base.SubmenuTrigger>
          <Base.Portal>
            <Base.Positioner className={styles.positioner}>
              <Base.Popup className={styles.popup}>
                <MenuItems items={item.items} />
              </Base.Popup>
            </Base.Positioner>
          </Base.Portal>
        </Base.SubmenuRoot>
      )
    return (
      <Base.Item
        key={key}
        disabled={item.disabled}
        onClick={item.onSelect}
        className={cx(styles.item, item.danger && styles.danger)}
        {...(item.checked !== undefined && { role: 'menuitemcheckbox', 'aria-checked': item.checked })}
      >
        {content}
        {item.shortcut && <Kbd keys={item.shortcut} />}
      </Base.Item>
    )
  })
}
