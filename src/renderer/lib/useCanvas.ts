import { type RefObject, useEffect, useRef } from 'react'
import { useTheme } from './theme.ts'
import { type Size, useSize } from './useSize.ts'

const UNKNOWN: Size = { width: 0, height: 0 }

/** A canvas as large as the box around it, sharp on every screen, painted again when its size, the theme or `deps` change. */
export function useCanvas(
  paint: (context: CanvasRenderingContext2D, size: Size) => void,
  deps: readonly unknown[],
): { box: RefObject<HTMLDivElement | null>; canvas: RefObject<HTMLCanvasElement | null>; size: Size } {
  const { ref: box, size } = useSize<HTMLDivElement>()
  const canvas = useRef<HTMLCanvasElement>(null)
  const theme = useTheme()
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context || !size || size.width === 0) return
    const scale = devicePixelRatio
    const [width, height] = [Math.round(size.width * scale), Math.round(size.height * scale)]
    if (context.canvas.width !== width) context.canvas.width = width
    if (context.canvas.height !== height) context.canvas.height = height
    context.setTransform(scale, 0, 0, scale, 0, 0)
    context.clearRect(0, 0, size.width, size.height)
    paint(context, size)
  }, [size, theme, ...deps])
  return { box, canvas, size: size ?? UNKNOWN }
}
