import { type MouseEvent, useState } from 'react'

/** What is under the pointer of a chart that draws itself, and where its tooltip goes. */
export function useHover<T>() {
  const [hover, setHover] = useState<{ item: T; x: number; y: number } | null>(null)
  return {
    hover,
    leave: () => setHover(null),
    over: (item: T, event: MouseEvent<Element>) => {
      const box = event.currentTarget.closest('[data-plot]')?.getBoundingClientRect()
      if (box) setHover({ item, x: event.clientX - box.left, y: event.clientY - box.top })
    },
    /** Left or right of the pointer, whichever has the room. */
    style: (width: number) =>
      hover
        ? hover.x > width - 190
          ? { right: width - hover.x + 12, top: hover.y + 12 }
          : { left: hover.x + 12, top: hover.y + 12 }
        : {},
  }
}
