interface Step {
  op: 'add' | 'remove' | 'replace'
  path: string
  value?: unknown
}

/** JSON Patch (RFC 6902) that makes `to` of `from`. Lists are compared place by place. */
export function jsonPatch(from: unknown, to: unknown, path = ''): Step[] {
  if (JSON.stringify(from) === JSON.stringify(to)) return []
  if (Array.isArray(from) && Array.isArray(to)) return listPatch(from, to, path)
  if (!isObject(from) || !isObject(to)) return [{ op: 'replace', path, value: to }]
  const place = (name: string) => `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return [
    ...Object.keys(from)
      .filter((name) => !(name in to))
      .map((name): Step => ({ op: 'remove', path: place(name) })),
    ...Object.entries(to).flatMap(([name, value]): Step[] =>
      name in from ? jsonPatch(from[name], value, place(name)) : [{ op: 'add', path: place(name), value }],
    ),
  ]
}

function listPatch(from: unknown[], to: unknown[], path: string): Step[] {
  const common = Math.min(from.length, to.length)
  const changed = to.slice(0, common).flatMap((value, i) => jsonPatch(from[i], value, `${path}/${i}`))
  // From the end, so that no step moves what a later one names.
  const removed = from.slice(common).map((_, i): Step => ({ op: 'remove', path: `${path}/${from.length - 1 - i}` }))
  const added = to.slice(common).map((value): Step => ({ op: 'add', path: `${path}/-`, value }))
  return [...changed, ...removed, ...added]
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
