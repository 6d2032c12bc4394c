import type { PortType } from '../../../../engines/pipeline/nodes/define.ts'

export const PORT_COLORS: Record<PortType, string> = {
  records: 'var(--cat-1)',
  relation: 'var(--cat-3)',
  dataset: 'var(--cat-6)',
}

/** A port by shape and colour: records are round, relations square, data sets diamonds. */
export function PortShape({ type, size = 12, filled = true }: { type: PortType; size?: number; filled?: boolean }) {
  const fill = filled ? 'currentColor' : 'var(--page)'
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 12 12"
      aria-hidden
      style={{ color: PORT_COLORS[type], display: 'block' }}
    >
      {type === 'records' && <circle cx={6} cy={6} r={4.5} fill={fill} stroke="currentColor" strokeWidth={1.5} />}
      {type === 'relation' && (
        <rect x={1.75} y={1.75} width={8.5} height={8.5} rx={1} fill={fill} stroke="currentColor" strokeWidth={1.5} />
      )}
      {type === 'dataset' && (
        <path d="M6 0.75 11.25 6 6 11.25 0.75 6Z" fill={fill} stroke="currentColor" strokeWidth={1.5} />
      )}
    </svg>
  )
}
