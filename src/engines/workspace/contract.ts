import { z } from 'zod'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'
import { PriceTable } from '../kit/pure/prices.ts'

export const WorkspaceInfo = z.object({
  /** Made with the workspace; a copy of it has the same. */
  id: z.string(),
  name: z.string(),
  directory: z.string(),
  /** False until its user trusts a workspace that was not created here: no functions, executables, triggers or auto-run. */
  trusted: z.boolean(),
  /** Set when the workspace was written by a newer Millrace. */
  readOnly: z.boolean(),
  format: z.number().int(),
})
export type WorkspaceInfo = z.infer<typeof WorkspaceInfo>

export const DocumentFolder = z.enum(['pipelines', 'queries', 'dashboards', 'jobs'])

export const DocumentEntry = z.object({
  /** Path inside the workspace with forward slashes, such as `pipelines/flights.json`. */
  path: z.string(),
  title: z.string(),
  modifiedMs: z.number(),
  sizeBytes: z.number(),
  /** Why the document cannot be used, where it cannot. */
  problem: z.string().optional(),
})
export type DocumentEntry = z.infer<typeof DocumentEntry>

export const DocumentText = z.object({
  path: z.string(),
  text: z.string(),
  /** Hash of the text. A write that names it fails with `Conflict` when the file has changed since. */
  revision: z.string(),
})

/** The folder a person works in: its documents, its trust, its keys and the state the UI remembers. */
export const workspace = defineContract('workspace', {
  describe: call(nothing, WorkspaceInfo),
  trust: call(nothing, WorkspaceInfo),
  /** Key pair that clients sign with: one for each user and workspace. */
  credentials: call(nothing, z.object({ accessKeyId: z.string(), secretAccessKey: z.string(), region: z.string() })),

  listDocuments: call(z.object({ folder: DocumentFolder }), z.array(DocumentEntry)),
  readDocument: call(z.object({ path: z.string() }), DocumentText),
  writeDocument: call(z.object({ path: z.string(), text: z.string(), revision: z.string().optional() }), DocumentText),
  renameDocument: call(z.object({ path: z.string(), to: z.string() }), DocumentText),
  /** Moves the document to the workspace's trash, from where `restoreDocument` brings it back. */
  deleteDocument: call(z.object({ path: z.string() }), z.object({ trashId: z.string() })),
  restoreDocument: call(z.object({ trashId: z.string() }), DocumentText),
  /** Documents that changed, by us or by an editor outside. */
  watchDocuments: feed(nothing, z.object({ path: z.string(), change: z.enum(['written', 'deleted']) })),

  /** What costs are simulated from; `own` where the workspace has a table of its own. */
  readPrices: call(nothing, PriceTable.extend({ own: z.boolean() })),
  /** Makes the table the workspace's own, as `prices.json` in its root; null goes back to the one the program ships. */
  writePrices: call(z.object({ prices: PriceTable.nullable() }), nothing),

  /** Small JSON values by key that the UI remembers for this workspace: layout, open tabs, theme. */
  readState: call(z.object({ key: z.string() }), z.object({ value: z.unknown() })),
  writeState: call(z.object({ key: z.string(), value: z.unknown() }), nothing),
})
