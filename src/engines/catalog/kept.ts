import type { CatalogParts, HandlersOf } from './handlers.ts'
import { alreadyExists, notFound } from './model.ts'

/** Documents that the catalog keeps in Glue's words. */
export function keptHandlers(parts: CatalogParts): HandlersOf<'listKept' | 'getKept' | 'keep' | 'forget'> {
  const { kept, clock, store } = parts
  const word = (kind: string) => kind[0].toUpperCase() + kind.slice(1)
  return {
    listKept: ({ kind, scope }) => kept.list(kind, scope),
    getKept: ({ kind, scope, name }) => {
      const found = kept.get(kind, scope, name)
      if (!found) throw notFound(`${word(kind)} ${name} not found.`)
      return found
    },
    keep: ({ kind, scope, name, document, how }) => {
      store.transaction(() => {
        const there = how !== 'put' && kept.get(kind, scope, name) !== undefined
        if (how === 'create' && there) throw alreadyExists(`${word(kind)} ${name}`)
        if (how === 'update' && !there) throw notFound(`${word(kind)} ${name} not found.`)
        kept.put(kind, scope, name, document, clock.now())
      })
      return {}
    },
    forget: ({ kind, scope, name }) => {
      if (!kept.delete(kind, scope, name)) throw notFound(`${word(kind)} ${name} not found.`)
      return {}
    },
  }
}
