import type { z } from 'zod'
import type { Producer } from '../../engines/pipeline/produce.ts'

interface Setting {
  /** Name in the schema, and as an option without its dashes. */
  readonly field: string
  readonly option: string
  readonly type: 'boolean' | 'number' | 'text' | 'choice'
  readonly nullable: boolean
  readonly fallback: unknown
  readonly choices: readonly string[]
  readonly hints: { readonly label?: string; readonly unit?: string; readonly help?: string }
}

interface Definition {
  readonly type: string
  readonly innerType?: z.ZodType
  readonly defaultValue?: unknown
  readonly entries?: Readonly<Record<string, string>>
}

/** The options of a producer are the settings of its node: a new setting there is an option here. */
export function settingsOf(producer: Producer): Setting[] {
  return Object.entries(producer.settings.shape).map(([field, schema]) => settingOf(field, schema as z.ZodType))
}

function settingOf(field: string, schema: z.ZodType): Setting {
  const hints = (schema.meta() as { ui?: Setting['hints'] } | undefined)?.ui ?? {}
  let nullable = false
  let fallback: unknown
  let inner = schema
  let def = inner.def as unknown as Definition
  while (def.innerType) {
    nullable ||= def.type === 'nullable'
    fallback ??= def.defaultValue
    inner = def.innerType
    def = inner.def as unknown as Definition
  }
  const type = def.type === 'boolean' || def.type === 'number' ? def.type : def.type === 'enum' ? 'choice' : 'text'
  const option = field.replaceAll(/([a-z0-9])([A-Z][a-z])/g, '$1-$2').toLowerCase()
  return { field, option, type, nullable, fallback, choices: Object.keys(def.entries ?? {}), hints }
}

/** For `parseArgs`. */
export function parseOptions(settings: readonly Setting[]): Record<string, { type: 'boolean' | 'string' }> {
  return Object.fromEntries(
    settings.map(({ option, type }) => [option, { type: type === 'boolean' ? 'boolean' : 'string' }] as const),
  )
}

/** What was given, by field; numbers as such, `none` as null where that is allowed. Throws with the option's name. */
export function valuesOf(
  settings: readonly Setting[],
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const { field, option, type, nullable, choices } of settings) {
    const value = given[option]
    if (value === undefined) continue
    const usage = (message: string) => Object.assign(new Error(message), { code: 'ERR_PARSE_ARGS_MILLRACE' })
    if (nullable && value === 'none') values[field] = null
    else if (type === 'number') {
      values[field] = Number(value)
      if (value === '' || Number.isNaN(values[field]))
        throw usage(`--${option} ${value}: give a number${nullable ? ', or none' : ''}`)
    } else if (type === 'choice' && !choices.includes(String(value)))
      throw usage(`--${option} ${value}: it is ${choices.join(' or ')}`)
    else values[field] = value
  }
  return values
}

/** What is wrong with the values as a whole, by the option's name; undefined where nothing is. */
export function misfit(
  producer: Producer,
  settings: readonly Setting[],
  values: Readonly<Record<string, unknown>>,
): string | undefined {
  const issue = producer.settings.safeParse(values).error?.issues[0]
  if (!issue) return undefined
  const option = settings.find(({ field }) => field === issue.path[0])?.option
  return values[String(issue.path[0])] === undefined ? `--${option} is needed` : `--${option}: ${issue.message}`
}

/** One paragraph an option. */
export function settingsHelp(settings: readonly Setting[]): string {
  return settings
    .map((setting) => {
      const { option, type, hints, nullable, fallback, choices } = setting
      const value = { boolean: '', number: ' N', text: ' TEXT', choice: ` ${choices.join('|')}` }[type]
      const unit = hints.unit ? ` (${hints.unit})` : ''
      const none = nullable ? ' Or none.' : ''
      const otherwise = fallback === undefined || fallback === '' ? '' : ` Default: ${fallback}.`
      return `  --${type === 'boolean' && fallback === true ? 'no-' : ''}${option}${value}\n      ${hints.label ?? setting.field}${unit}.${hints.help ? ` ${hints.help}` : ''}${none}${otherwise}`
    })
    .join('\n')
}
