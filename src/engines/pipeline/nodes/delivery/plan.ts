import type { DeliveryStats } from '../../../firehose/contract.ts'
import { addText, type Digest } from '../kit/digest.ts'
import { fixedPrefix, listAll, type StoredObject } from '../kit/objects.ts'
import { parseRow } from '../kit/rows.ts'
import type { DeliveryContext } from './config.ts'

type AddRow = (digest: Digest, row: Record<string, unknown>) => void

export interface Plan {
  /** Objects that were there before the run: they are not this run's. */
  readonly before: ReadonlySet<string>
  readonly statsBefore: DeliveryStats
  /** Adds a record to a sum by the table's columns; null where objects hold the text as it came. */
  readonly addRow: AddRow | null
  readonly sent: Digest
  sentBytes: number
}

export interface Landed {
  readonly delivered: readonly StoredObject[]
  readonly failed: readonly StoredObject[]
  /** Of records as they came. */
  readonly copies: readonly StoredObject[]
}

/** What lies under the fixed parts of the prefixes, by what it is there for. Errors and copies may lie inside of what is delivered. */
export async function landed({ clients, config }: DeliveryContext): Promise<Landed> {
  const under = async (prefix: string) => (prefix ? listAll(clients, config.bucket, prefix) : [])
  const failed = await under(fixedPrefix(config.errorPrefix))
  const copies = await under(config.backupPrefix)
  const others = new Set([...failed, ...copies].map(({ key }) => key))
  const all = await listAll(clients, config.bucket, fixedPrefix(config.prefix))
  return { delivered: all.filter(({ key }) => !others.has(key)), failed, copies }
}

/** Adds a record to a sum by its columns, or as the text that it is. */
export function addPayload(digest: Digest, text: string, addRow: AddRow | null): void {
  const row = addRow ? parseRow(text) : text
  if (addRow && typeof row !== 'string') addRow(digest, row)
  else addText(digest, text)
}
