import type { Classifier } from '@aws-sdk/client-glue'
import type { Secrets } from '../kit/node/secrets.ts'
import { openConnection, sealConnection } from './connection-secrets.ts'
import { checkClassifier } from './crawlers/classifiers.ts'
import type { CatalogParts, HandlersOf } from './handlers.ts'
import { alreadyExists, notFound } from './model.ts'

/** Kinds that are shown: who watches is told of them. */
const SHOWN = ['function', 'connection', 'classifier']

/** Documents that the catalog keeps in Glue's words. */
export function keptHandlers(
  parts: CatalogParts,
  secrets: Secrets,
): HandlersOf<'listKept' | 'getKept' | 'keep' | 'forget' | 'openConnection'> {
  const { kept, clock, store } = parts
  const tell = (kind: string, scope: string) => {
    if (SHOWN.includes(kind)) parts.changes.announce({ database: scope })
  }
  const word = (kind: string) => kind[0].toUpperCase() + kind.slice(1)
  const get = (kind: string, scope: string, name: string) => {
    const found = kept.get(kind, scope, name)
    if (!found) throw notFound(`${word(kind)} ${name} not found.`)
    return found
  }
  return {
    listKept: ({ kind, scope }) => kept.list(kind, scope),
    getKept: ({ kind, scope, name }) => get(kind, scope, name),
    openConnection: ({ name }) => openConnection(name, get('connection', '', name).document, secrets),
    keep: async ({ kind, scope, name, document: given, how }) => {
      const document =
        kind === 'connection'
          ? await sealConnection(name, given, kept.get(kind, scope, name)?.document, secrets)
          : given
      if (kind === 'classifier') checkClassifier(JSON.parse(document) as Classifier)
      store.transaction(() => {
        const there = how !== 'put' && kept.get(kind, scope, name) !== undefined
        if (how === 'create' && there) throw alreadyExists(`${word(kind)} ${name}`)
        if (how === 'update' && !there) throw notFound(`${word(kind)} ${name} not found.`)
        kept.put(kind, scope, name, document, clock.now())
      })
      tell(kind, scope)
      return {}
    },
    forget: ({ kind, scope, name }) => {
      if (!kept.delete(kind, scope, name)) throw notFound(`${word(kind)} ${name} not found.`)
      tell(kind, scope)
      return {}
    },
  }
}
