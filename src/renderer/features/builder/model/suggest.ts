import type { FieldHints } from '../../../../engines/pipeline/nodes/define.ts'
import { nodeKind } from '../../../../engines/pipeline/nodes/index.ts'
import type { Document } from './items.ts'

/**
 * Names for what a new node must name, so that it can run as it is: after the pipeline, and unlike those of other nodes of its
 * kind. Fields with defaults stay unset; a field whose rule the name breaks is left for the person to fill in.
 */
export function suggestConfig(document: Document, kind: string): Record<string, unknown> {
  const schema = nodeKind(kind)?.config
  if (!schema) return {}
  const config: Record<string, unknown> = {}
  for (const [field, rule] of Object.entries(schema.shape)) {
    if (rule.safeParse(undefined).success) continue
    const hints = (rule.meta() as { ui?: FieldHints } | undefined)?.ui
    const wanted = proposals(document, kind, field, hints).find((value) => rule.safeParse(value).success)
    if (wanted !== undefined) config[field] = wanted
  }
  return config
}

/** Editors whose value is shared by the nodes of a pipeline rather than owned by one. */
const SHARED = new Set(['bucket', 'database'])

function proposals(document: Document, kind: string, field: string, hints: FieldHints | undefined): string[] {
  const editor = hints?.editor ?? 'text'
  if (editor === 'sql' || editor === 'expression' || editor === 'javascript' || editor === 'file') return []
  if (SHARED.has(editor)) {
    const known = usedBy(document, editor)
    return [...known, editor === 'bucket' ? 'lake' : 'default']
  }
  const base = slug(document.name)
  const own = document.nodes.filter((n) => n.kind === kind).map((n) => n.config[field])
  const names: string[] = []
  for (let n = 1; names.length < 2 && n < 1000; n++) {
    const name = n === 1 ? base : `${base}-${n}`
    const snake = name.replaceAll('-', '_')
    const candidates = editor === 'dashboard' ? [`dashboards/${name}.json`] : [name, snake]
    if (candidates.some((candidate) => own.includes(candidate))) continue
    names.push(...candidates)
  }
  return names
}

/** Values that fields with this editor have in the document, first used first. */
function usedBy(document: Document, editor: string): string[] {
  const found = new Set<string>()
  for (const node of document.nodes) {
    for (const [field, rule] of Object.entries(nodeKind(node.kind)?.config.shape ?? {})) {
      const hints = (rule.meta() as { ui?: FieldHints } | undefined)?.ui
      const value = node.config[field]
      if (hints?.editor === editor && typeof value === 'string' && value !== '') found.add(value)
    }
  }
  return [...found]
}

/** A name as resources may have it: lower case, digits and hyphens, beginning with a letter. */
export function slug(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 48)
  return /^[a-z]/.test(plain) && plain.length > 2 ? plain : `pipeline${plain ? `-${plain}` : ''}`
}
