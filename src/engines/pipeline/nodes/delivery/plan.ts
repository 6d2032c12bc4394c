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
}

/** What lies under the fixed part of the prefix. */
export function ownObjects({ clients, config }: DeliveryContext): Promise<StoredObject[]> {
  return listAll(clients, config.bucket, fixedPrefix(config.prefix))
}

/** Adds a record to a sum by its columns, or as the text that it is. */
export function addPayload(digest: Digest, text: string, addRow: AddRow | null): void {
  const row = addRow ? parseRow(text) : text
  if (addRow && typeof row !== 'string') addRow(digest, row)
  else addText(digest, text)
}
