import type { Clock } from '../../kit/pure/clock.ts'
import { hadoop } from '../errors.ts'
import type { EditLog } from './edit-log.ts'
import type { Edit } from './edits.ts'
import type { Attributes, BlockRef } from './inode.ts'
import { emptyRoot, Namespace } from './namespace.ts'

export const SUPERGROUP = 'supergroup'
const CHECKPOINT_EDITS = 100_000

/** Who is told of changes once they count: the blocks that exist follow from them. */
export interface NamespaceObserver {
  /** A namespace was read from disk: everything is to be looked at anew. */
  loaded(namespace: Namespace): Promise<void>
  /** Edits are durable; `freed` are blocks that nothing holds any more. */
  committed(edits: readonly Edit[], freed: readonly BlockRef[]): void
}

/** The namespace with its edit log. A change is seen at once, and acknowledged when it is durable. */
export class NameNode {
  namespace!: Namespace
  /** Why nothing may be changed, in Hadoop's words; undefined outside safe mode. */
  safeMode: string | undefined
  readonly clock: Clock
  readonly superuser: string
  private readonly log: EditLog
  private readonly observer: NamespaceObserver
  private reloading: Promise<void> | undefined

  constructor(parts: { log: EditLog; clock: Clock; superuser: string; observer: NamespaceObserver }) {
    this.log = parts.log
    this.clock = parts.clock
    this.superuser = parts.superuser
    this.observer = parts.observer
  }

  async load(): Promise<void> {
    const found = await this.log.load()
    this.namespace = found ?? new Namespace(emptyRoot(this.attributes(this.superuser, SUPERGROUP, 0o755)))
    if (!found) await this.log.checkpoint(this.namespace)
    await this.observer.loaded(this.namespace)
  }

  /** Applies edits that were checked, and resolves when they are durable. Where they cannot be, none of them ever was. */
  async commit(...edits: Edit[]): Promise<void> {
    const freed = edits.flatMap((edit) => this.namespace.apply(edit))
    try {
      await this.log.append(edits, this.clock.now())
    } catch (thrown) {
      // What is in memory was refused by the disk, and so was all that was built on it: the disk is right.
      this.reloading ??= this.load().finally(() => {
        this.reloading = undefined
      })
      await this.reloading
      throw thrown
    }
    this.observer.committed(edits, freed)
    if (this.log.length > CHECKPOINT_EDITS) await this.checkpoint()
  }

  checkpoint(): Promise<void> {
    return this.log.checkpoint(this.namespace)
  }

  requireWritable(what: string): void {
    if (this.safeMode !== undefined)
      throw hadoop('SafeModeException', `Cannot ${what}. Name node is in safe mode.\n${this.safeMode}`)
  }

  attributes(owner: string, group: string, permission: number): Attributes {
    const nowMs = this.clock.now()
    return { owner, group, permission, modifiedMs: nowMs, accessedMs: nowMs, xattrs: {} }
  }

  async close(): Promise<void> {
    if (this.log.length > 0) await this.checkpoint()
    await this.log.close()
  }
}
