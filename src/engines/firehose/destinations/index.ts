import { invalid } from '../prefix.ts'
import type { DestinationKind, EndpointConfig, EndpointSettings } from './define.ts'
import { httpEndpoint } from './http-endpoint.ts'
import { openSearch } from './opensearch.ts'
import { redshift } from './redshift.ts'
import { splunk } from './splunk.ts'

/** Every kind of destination beside S3. */
export const DESTINATIONS: readonly DestinationKind[] = [httpEndpoint, splunk, openSearch, redshift]

/** Settings of a destination, read by its kind. */
export interface ReadEndpoint {
  readonly kind: DestinationKind
  readonly config: EndpointConfig
}

/** Fails with InvalidArgumentException and the field's name. */
export function readEndpoint({ kind: name, config }: EndpointSettings): ReadEndpoint {
  const kind = DESTINATIONS.find((each) => each.kind === name)
  if (!kind) throw invalid('endpoint.kind', `there is no destination ${name}`)
  const read = kind.config.safeParse(config)
  if (read.success) return { kind, config: read.data }
  const [issue] = read.error.issues
  const [setting, ...rest] = issue.code === 'unrecognized_keys' ? issue.keys : issue.path.map(String)
  const fields: Readonly<Record<string, string>> = kind.fields
  throw invalid([fields[setting] ?? setting, ...rest].filter(Boolean).join('.'), issue.message)
}
