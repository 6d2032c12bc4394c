import { athena } from './athena.ts'
import { dashboard } from './dashboard.ts'
import type { DefinedNode } from './define.ts'
import { delivery } from './delivery/index.ts'
import { generator } from './generator.ts'
import { httpIngest } from './http-ingest.ts'
import { lakeTable } from './lake-table.ts'
import { mqttIngest } from './mqtt-ingest.ts'
import { replay } from './replay.ts'
import { spice } from './spice.ts'
import { stream } from './stream/index.ts'
import { tail } from './tail.ts'
import { transform } from './transform.ts'
import { warehouse } from './warehouse.ts'

/** Every node kind, in the order of the palette. */
export const nodeKinds: readonly DefinedNode[] = [
  replay,
  generator,
  tail,
  httpIngest,
  mqttIngest,
  stream,
  transform,
  delivery,
  lakeTable,
  athena,
  warehouse,
  spice,
  dashboard,
]

const byKind = new Map(nodeKinds.map((definition) => [definition.kind, definition]))

export function nodeKind(kind: string): DefinedNode | undefined {
  return byKind.get(kind)
}
