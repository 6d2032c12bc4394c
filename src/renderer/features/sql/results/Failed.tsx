import { Cloud } from 'lucide-react'
import type { WireError } from '../../../../engines/kit/pure/errors.ts'
import { plural } from '../../../lib/index.ts'
import { Button, EmptyState, ErrorView } from '../../../ui/index.ts'
import { ENGINE_TITLES } from '../model/header.ts'
import { placeInText, withoutPlace } from '../model/statements.ts'
import type { ResultTab } from '../session.ts'
import styles from '../sql.module.css'

/** What a run left out that ended early. */
export function notRun({ unrun = 0 }: ResultTab): string | undefined {
  return unrun > 0 ? `${plural(unrun, 'statement')} after it ${unrun === 1 ? 'was' : 'were'} not run.` : undefined
}

/** What went wrong, and the way to its place in the text. */
export function Failed({ tab, onJump }: { tab: ResultTab; onJump: (line: number, column: number) => void }) {
  const error: Pick<WireError, 'code' | 'message' | 'at'> = tab.error ??
    tab.execution?.error ?? { code: 'Failed', message: 'The statement failed.' }
  if (error.code === 'RunsElsewhere')
    return (
      <EmptyState icon={<Cloud size={18} />} title={`${ENGINE_TITLES[tab.engine]} SQL does not run here`}>
        {error.message}
      </EmptyState>
    )
  const place = placeInText(tab.at, error.at ?? {})
  return (
    <div className={styles.failed}>
      <ErrorView
        compact
        title={tab.explained ? 'There is no plan' : 'The statement failed'}
        advice={notRun(tab)}
        error={{
          code: error.code,
          message: withoutPlace(error.message),
          ...(error.at?.line !== undefined && { at: place }),
        }}
        actions={
          <Button size="s" onClick={() => onJump(place.line, place.column)}>
            Go to line {place.line}
          </Button>
        }
      />
    </div>
  )
}
