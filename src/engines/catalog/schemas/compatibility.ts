import type { Compatibility, RegisteredSchema, SchemaVersion } from '../contract.ts'
import { FORMATS } from './formats.ts'

/**
 * Why a definition may not follow the versions that are there (AWS Glue Developer Guide, "Schema versioning and compatibility"): backward
 * means that the new one reads what the last one wrote, forward that the last one reads what the new one writes, _ALL that this holds
 * for all versions from the checkpoint on. `versions` are in ascending order.
 */
export function compatibilityProblem(
  schema: Pick<RegisteredSchema, 'format' | 'compatibility' | 'checkpoint'>,
  versions: readonly SchemaVersion[],
  definition: string,
): string | undefined {
  const { readingProblems } = FORMATS[schema.format]
  const { backward, forward, all } = modeOf(schema.compatibility)
  const available = versions.filter(({ status }) => status === 'AVAILABLE')
  const compared = all ? available.filter(({ version }) => version >= schema.checkpoint) : available.slice(-1)
  for (const old of compared.toReversed()) {
    const back = backward ? readingProblems(definition, old.definition) : []
    if (back.length > 0) return `Data of version ${old.version} cannot be read: ${back.join('; ')}`
    const forth = forward ? readingProblems(old.definition, definition) : []
    if (forth.length > 0) return `Version ${old.version} cannot read its data: ${forth.join('; ')}`
  }
  return undefined
}

function modeOf(mode: Compatibility): { backward: boolean; forward: boolean; all: boolean } {
  const full = mode.startsWith('FULL')
  return {
    backward: full || mode.startsWith('BACKWARD'),
    forward: full || mode.startsWith('FORWARD'),
    all: mode.endsWith('_ALL'),
  }
}
