import type { Library } from '../useBatch.ts'
import type { Asking } from './asking.ts'
import { DefinitionDialog } from './DefinitionDialog.tsx'
import { EnvironmentDialog } from './EnvironmentDialog.tsx'
import { PolicyDialog } from './PolicyDialog.tsx'
import { QueueDialog } from './QueueDialog.tsx'
import { SubmitDialog } from './SubmitDialog.tsx'

export function Dialogs({ asking, library }: { asking: Asking; library: Library }) {
  switch (asking.kind) {
    case 'submit':
      return <SubmitDialog asking={asking} library={library} />
    case 'definition':
      return <DefinitionDialog of={asking.of} />
    case 'environment':
      return <EnvironmentDialog of={asking.of} />
    case 'queue':
      return <QueueDialog of={asking.of} library={library} />
    case 'policy':
      return <PolicyDialog of={asking.of} />
  }
}
