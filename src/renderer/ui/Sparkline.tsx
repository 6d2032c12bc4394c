import { memo } from 'react'

/** A few values as a line. The last value is what the caller writes beside it; `label` says both to a screen reader. */
export const Sparkline = memo(function Sparkline({
  values,
  label,
  width = 80,
  height = 18,
  max,
  color = 'var(--cat-1)',
}: {
  values: readonly number[]
  label: string
  width?: number
  height?: number
  max?: number
  color?: string
}) {
  const top = max ?? Math.max(...values, 1)
  const step = values.length > 1 ? width / (values.length - 1) : width
  const y = (value: number) => height - 1 - (Math.min(value, top) / top) * (height - 3)
  const line = values.map((value, i) => `${(i * step).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  return (
    <svg role="img" aria-label={label} width={width} height={height} style={{ display: 'block', color }}>
      {values.length > 1 && (
        <>
          <polygon points={`0,${height} ${line} ${width},${height}`} fill="currentColor" opacity={0.14} />
          <polyline points={line} fill="none" stroke="currentColor" strokeWidth={1.25} strokeLinejoin="round" />
        </>
      )}
    </svg>
  )
})
