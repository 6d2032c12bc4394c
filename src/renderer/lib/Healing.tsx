import { useRef } from 'react'
import { Progress } from '../ui/index.ts'
import { formatNumber, plural } from './format.ts'
import { useTimeLeft } from './useTimeLeft.ts'

/** How far an HDFS is with the replicas that it makes anew, since most were wanting; nothing while none is. */
export function Healing({
  underReplicated: left,
  pendingReplication: copying,
}: {
  underReplicated: number
  pendingReplication: number
}) {
  const most = useRef(0)
  most.current = left === 0 ? 0 : Math.max(most.current, left)
  const share = left === 0 ? null : 1 - left / most.current
  const timeLeft = useTimeLeft(share)
  if (share === null) return null
  return (
    <Progress
      bar
      value={share}
      timeLeft={timeLeft}
      label={`HDFS is healing: ${plural(left, 'block')} with too few replicas, ${formatNumber(copying)} being copied`}
    />
  )
}
