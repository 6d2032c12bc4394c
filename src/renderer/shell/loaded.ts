import { create } from 'zustand'
import type { Clients } from '../../engines/contract.ts'
import { preloadEditor } from '../lib/code-editor/index.ts'
import { registerCommands } from '../lib/commands.ts'
import type { Feature } from '../lib/feature.ts'
import { notifyError } from '../lib/notify.ts'
import { giveWay, takePrecedence } from '../lib/precedence.ts'
import type { ViewType } from '../lib/view.tsx'
import { type FeatureEntry, features } from './features.ts'

/** Features whose code has arrived. */
export const useLoaded = create<{ byId: Readonly<Record<string, Feature>> }>(() => ({ byId: {} }))

const underWay = new Map<string, Promise<Feature | undefined>>()

/** Loads a feature once and registers its commands. */
export function loadFeature(entry: FeatureEntry, clients: Clients): Promise<Feature | undefined> {
  const known = underWay.get(entry.id)
  if (known) return known
  const work = entry.load().then(
    ({ feature }) => {
      if (feature.commands) registerCommands(feature.commands(clients))
      useLoaded.setState(({ byId }) => ({ byId: { ...byId, [entry.id]: feature } }))
      return feature
    },
    (thrown: unknown) => {
      underWay.delete(entry.id)
      notifyError(`${entry.title} could not be loaded`, thrown)
      return undefined
    },
  )
  underWay.set(entry.id, work)
  return work
}

/** The editor is as large as all features together: not what the first seconds are for. */
const EDITOR_AFTER_MS = 15_000

/** All of them, once the window has nothing better to do, so that the palette knows every command; and in the end the code editor. */
export function loadRest(clients: Clients): void {
  const loaded = takePrecedence('features')
  const next = async ([first, ...rest]: readonly FeatureEntry[]): Promise<void> => {
    if (!first) return
    await giveWay('features')
    await new Promise((resolve) => requestIdleCallback(resolve, { timeout: 1000 }))
    await loadFeature(first, clients)
    return next(rest)
  }
  void next(features).finally(() => {
    loaded()
    // What fails here is asked for again, and told of, where the editor is shown.
    setTimeout(() => preloadEditor().catch(() => {}), EDITOR_AFTER_MS)
  })
}

/** The view of a type, loading its feature if need be. */
export async function findView(type: string, clients: Clients): Promise<ViewType | undefined> {
  const entry = features.find((feature) => type.startsWith(`${feature.id}.`))
  const feature = entry && (await loadFeature(entry, clients))
  return feature?.views.find((view) => view.type === type)
}
