import type { EngineContext } from '../kit/node/engine.ts'
import { Sealed, type Secret, type SecretPlace, type Secrets } from '../kit/node/secrets.ts'
import { isOverwriting, overwrite } from '../kit/node/sqlite.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { CatalogParts } from './handlers.ts'
import { invalid } from './model.ts'

/** Glue's names of passwords: PASSWORD, ENCRYPTED_PASSWORD, KAFKA_SASL_SCRAM_PASSWORD and their like (Glue API, "ConnectionProperties"). */
export const isPassword = (property: string): boolean => /PASSWORD$/i.test(property)

interface ConnectionDocument {
  readonly ConnectionProperties?: Readonly<Record<string, Secret>>
}

const placeOf = (name: string, field: string): SecretPlace => ({ of: `the Glue connection ${name}`, field })

const propertiesOf = (document: string): Record<string, Secret> => ({
  ...(JSON.parse(document) as ConnectionDocument).ConnectionProperties,
})

function passwordsOf(document: string): [string, Secret][] {
  return Object.entries(propertiesOf(document)).filter(([property]) => isPassword(property))
}

/** The document as it is kept. A password that is sealed already is the one from before: none can be brought in from elsewhere. */
export async function sealConnection(
  name: string,
  document: string,
  before: string | undefined,
  secrets: Secrets,
): Promise<string> {
  const known = before === undefined ? {} : propertiesOf(before)
  const ConnectionProperties = propertiesOf(document)
  for (const [property, value] of passwordsOf(document)) {
    if (typeof value === 'string') ConnectionProperties[property] = await secrets.seal(value, placeOf(name, property))
    else if (Sealed.parse(value).sealed !== (known[property] as Sealed | undefined)?.sealed)
      throw invalid(`${property} must be given as it is.`)
  }
  return JSON.stringify({ ...JSON.parse(document), ConnectionProperties })
}

export async function openConnection(
  name: string,
  document: string,
  secrets: Secrets,
): Promise<Record<string, string>> {
  const opened: Record<string, string> = {}
  for (const [property, value] of passwordsOf(document))
    opened[property] = await secrets.open(value, placeOf(name, property))
  return opened
}

/** Passwords that an earlier Millrace kept as they were given. Where no key can be had, they stay until there is one. */
export async function sealOldConnections(
  { kept, store }: Pick<CatalogParts, 'kept' | 'store'>,
  { secrets, log }: Pick<EngineContext<unknown>, 'secrets' | 'log'>,
): Promise<void> {
  const old = kept
    .list('connection', '')
    .filter(({ document }) => passwordsOf(document).some(([, value]) => typeof value === 'string'))
  if (old.length === 0 && !isOverwriting(store.db)) return
  try {
    const sealed = await Promise.all(
      old.map(async ({ name, document, updatedMs }) => ({
        name,
        updatedMs,
        document: await sealConnection(name, document, document, secrets),
      })),
    )
    overwrite(store.db, () => {
      for (const { name, document, updatedMs } of sealed) kept.put('connection', '', name, document, updatedMs)
    })
  } catch (thrown) {
    log.warn(`Passwords of Glue connections are not sealed yet: ${EngineError.from(thrown).message}`)
  }
}
