import type { z } from 'zod'

/** What a port carries: `records` flow one by one, a `relation` is a table to read whole, a `dataset` is what dashboards draw. */
export type PortType = 'records' | 'relation' | 'dataset'

export interface PortDefinition {
  readonly name: string
  readonly type: PortType
  readonly title?: string
  /** An input that must be wired for the node to run. */
  readonly required?: boolean
  /** An input that takes several wires. */
  readonly many?: boolean
}

export type NodeGroup = 'Sources' | 'Streams' | 'Transform' | 'Delivery' | 'Lake' | 'Query' | 'Warehouse' | 'BI'

/** How the inspector draws a field; everything else follows from the schema. Set with `.meta({ ui: … })`. */
export interface FieldHints {
  readonly label?: string
  readonly help?: string
  readonly unit?: string
  readonly editor?:
    | 'text'
    | 'multiline'
    | 'sql'
    | 'javascript'
    | 'expression'
    | 'stream'
    | 'bucket'
    | 'database'
    | 'table'
    | 'dataset'
    | 'dashboard'
    | 'file'
  readonly section?: string
  readonly placeholder?: string
}

/** The part of a node kind that palette, inspector, port checks and docs are drawn from. */
export interface NodeKind<C extends z.ZodObject = z.ZodObject> {
  readonly kind: string
  readonly title: string
  /** AWS's name for it, shown beside the title. */
  readonly service?: string
  readonly summary: string
  readonly group: NodeGroup
  /** Name of a lucide icon. */
  readonly icon: string
  readonly inputs: readonly PortDefinition[]
  readonly outputs: readonly PortDefinition[]
  readonly version: number
  readonly config: C
}
