import { type Frame, frameBytes } from './frame.ts'
import { loadIndex, type Segment, SparseIndex, saveIndex, walk } from './segment.ts'
import type { Segments } from './segments.ts'

/**
 * Brings the newest segment to where its frames end; older ones are checked as they are read. A segment that was closed has an index of its
 * length, and is taken as it is.
 */
export async function recover(segments: Segments): Promise<void> {
  const { active } = segments
  if (active.length > 0 && !loadIndex(active)) await recoverTail(segments, active)
}

async function recoverTail(segments: Segments, segment: Segment): Promise<void> {
  const { files } = segments
  const handle = await files.open(segment.path, 'r+')
  try {
    const index = new SparseIndex()
    let tornAt = -1
    let end = 0
    const visit = (frame: Frame, position: number) => {
      index.add(frame.first, frame.timeMs, position)
      segment.next = frame.first + frame.count
      segment.lastTimeMs = frame.timeMs
      end = position + frameBytes(frame)
      return true
    }
    await walk(files, handle, segment, 0, visit, async (gap, toEnd) => {
      await segments.keepAside(handle, segment, gap, toEnd ? 'torn tail, cut' : 'damaged frames, skipped')
      if (toEnd) tornAt = gap.position
      else segment.gaps.push(gap)
    })
    // Cut behind the torn bytes; or put back the last frame's padding, the one part of it that may be missing.
    const length = tornAt >= 0 ? tornAt : end
    if (length !== segment.length) await files.truncate(handle, length)
    segment.length = length
    await files.sync(handle)
    segment.index = index
    saveIndex(segment)
  } finally {
    await files.close(handle)
  }
}
