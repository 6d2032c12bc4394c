import { type Item, member, type Value } from '../values.ts'
import type { Path } from './ast.ts'

export function valueAt(item: Item, path: Path): Value | undefined {
  let value = member(item, path[0] as string)
  for (const step of path.slice(1)) {
    if (!value) return undefined
    value = typeof step === 'number' ? value.L?.[step] : value.M && member(value.M, step)
  }
  return value
}

/** A tree of the steps that paths have in common; `whole` where a path ends. */
interface Branch {
  whole: boolean
  readonly steps: Map<string | number, Branch>
}

/** What of an item lies under the paths, in the item's own shape; elements of lists close up in their order. */
export function project(item: Item, paths: readonly Path[]): Item {
  const root: Branch = { whole: false, steps: new Map() }
  for (const path of paths) {
    let at = root
    for (const step of path) {
      let next = at.steps.get(step)
      if (!next) at.steps.set(step, (next = { whole: false, steps: new Map() }))
      at = next
    }
    at.whole = true
  }
  return pickMap(item, root) ?? {}
}

function pick(value: Value, branch: Branch): Value | undefined {
  if (branch.whole) return value
  if (value.M) {
    const found = pickMap(value.M, branch)
    return found && { M: found }
  }
  if (!value.L) return undefined
  const elements = [...branch.steps.keys()]
    .filter((step): step is number => typeof step === 'number' && step < value.L!.length)
    .sort((a, b) => a - b)
    .flatMap((step) => pick(value.L![step], branch.steps.get(step)!) ?? [])
  return elements.length > 0 ? { L: elements } : undefined
}

function pickMap(map: Item, branch: Branch): Item | undefined {
  const found = [...branch.steps].flatMap(([step, next]) => {
    const value = typeof step === 'string' ? member(map, step) : undefined
    const picked = value && pick(value, next)
    return picked ? [[step, picked] as const] : []
  })
  return found.length > 0 ? Object.fromEntries(found) : undefined
}
