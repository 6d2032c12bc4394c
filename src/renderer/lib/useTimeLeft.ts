import { useRef } from 'react'
import { formatDuration } from './format.ts'
import { useWallNow } from './status.tsx'

const SURE_MS = 2000

/**
 * "about 12 s left", by how fast `share` (0 to 1) has grown since it was first seen, or last began anew; none until that can be told, and
 * where `share` is null: nothing is under way.
 */
export function useTimeLeft(share: number | null): string | undefined {
  const nowMs = useWallNow()
  const seen = useRef<{ share: number; ms: number } | null>(null)
  if (share === null || share >= 1) {
    seen.current = null
    return undefined
  }
  if (seen.current === null || share < seen.current.share) seen.current = { share, ms: nowMs }
  const [grown, spentMs] = [share - seen.current.share, nowMs - seen.current.ms]
  if (grown <= 0 || spentMs < SURE_MS) return undefined
  return `about ${formatDuration(Math.max(1, Math.round(((spentMs / grown) * (1 - share)) / 1000)) * 1000)} left`
}
