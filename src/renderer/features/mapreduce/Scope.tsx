import { X } from 'lucide-react'
import type { AttemptStatus } from '../../../engines/mapreduce/contract.ts'
import { Button } from '../../ui/index.ts'
import { attemptName } from './states.ts'

/** Says that only one attempt is shown, and leads back to the whole job. */
export function Scope({
  attempt,
  onSelect,
}: {
  attempt: AttemptStatus | undefined
  onSelect: (id: string | null) => void
}) {
  if (!attempt) return null
  return (
    <Button size="s" icon={<X size={12} />} onClick={() => onSelect(null)}>
      Only {attemptName(attempt)}
    </Button>
  )
}
