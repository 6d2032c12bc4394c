import { Tooltip as Base } from '@base-ui/react/tooltip'
import {
  cloneElement,
  type ReactElement,
  type ReactNode,
  type Ref,
  useCallback,
  useEffect,
  useRef,
  useState,
} from 'react'
import { Kbd } from './Kbd.tsx'
import styles from './Tooltip.module.css'

interface Tip {
  readonly label: ReactNode
  readonly shortcut?: string
  readonly side: 'top' | 'right' | 'bottom' | 'left'
}

interface Shown {
  readonly element: Element
  readonly tip: Tip
}

const DELAY_MS = 400
/** Within this time of one tooltip the next one needs no delay: the pointer goes along a toolbar. */
const GRACE_MS = 300

/** What elements say on hover and focus. A screen has a hundred of them and shows one: they are told apart here, and drawn in one place. */
const tips = new WeakMap<Element, { current: Tip }>()

const tipped = (from: EventTarget | null): Element | null => {
  for (let element = from instanceof Element ? from : null; element; element = element.parentElement)
    if (tips.has(element)) return element
  return null
}

/** Draws the tooltip of whatever element under it the pointer rests on, or the keyboard reached. */
export function TooltipProvider({ children }: { children: ReactNode }) {
  return (
    <>
      {children}
      <TooltipLayer />
    </>
  )
}

function TooltipLayer() {
  const [shown, setShown] = useState<Shown | null>(null)
  const hide = useRef(() => {})
  useEffect(() => {
    let under: Element | null = null
    let open = false
    let hiddenAt = -Infinity
    let timer: ReturnType<typeof setTimeout> | undefined
    const show = (element: Element) => {
      const tip = tips.get(element)
      if (!tip || !element.isConnected) return
      open = true
      setShown({ element, tip: tip.current })
    }
    const close = () => {
      clearTimeout(timer)
      if (!open) return
      open = false
      hiddenAt = performance.now()
      setShown(null)
    }
    hide.current = close
    const onOver = ({ target, pointerType }: PointerEvent) => {
      const element = pointerType === 'touch' ? null : tipped(target)
      if (element === under) return
      close()
      under = element
      if (element) timer = setTimeout(show, performance.now() - hiddenAt < GRACE_MS ? 0 : DELAY_MS, element)
    }
    const onLeave = ({ relatedTarget }: PointerEvent) => {
      if (relatedTarget !== null) return
      close()
      under = null
    }
    const onFocus = ({ target }: FocusEvent) => {
      const element = tipped(target)
      if (element && element === target && element.matches(':focus-visible')) show(element)
    }
    const onKey = ({ key }: KeyboardEvent) => key === 'Escape' && close()
    document.addEventListener('pointerover', onOver, { passive: true })
    document.addEventListener('pointerout', onLeave, { passive: true })
    document.addEventListener('pointerdown', close, { passive: true, capture: true })
    document.addEventListener('focusin', onFocus)
    document.addEventListener('focusout', close)
    document.addEventListener('keydown', onKey)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('pointerover', onOver)
      document.removeEventListener('pointerout', onLeave)
      document.removeEventListener('pointerdown', close, { capture: true })
      document.removeEventListener('focusin', onFocus)
      document.removeEventListener('focusout', close)
      document.removeEventListener('keydown', onKey)
    }
  }, [])
  if (!shown) return null
  const { element, tip } = shown
  return (
    <Base.Root open onOpenChange={(open) => !open && hide.current()} disableHoverablePopup>
      <Base.Portal>
        <Base.Positioner anchor={element} side={tip.side} sideOffset={6} className={styles.positioner}>
          <Base.Popup className={styles.popup}>
            {tip.label}
            {tip.shortcut && <Kbd keys={tip.shortcut} />}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

/** Names a command and its shortcut on hover and focus. The child must take a ref of an element. */
export function Tooltip({
  label,
  shortcut,
  side = 'bottom',
  children,
}: {
  label: ReactNode
  shortcut?: string
  side?: 'top' | 'right' | 'bottom' | 'left'
  children: ReactElement
}) {
  const tip = useRef<Tip>({ label, shortcut, side })
  tip.current = { label, shortcut, side }
  const { ref: own } = children.props as { ref?: Ref<Element> }
  const ref = useCallback(
    (element: Element | null) => {
      if (element) tips.set(element, tip)
      if (typeof own === 'function') return own(element)
      if (own) own.current = element
    },
    [own],
  )
  return cloneElement(children as ReactElement<{ ref?: Ref<Element> }>, { ref })
}
