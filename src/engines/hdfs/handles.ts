import type { FileWriter } from './client/writer.ts'
import { hadoop } from './errors.ts'

/** Files that callers are writing. A call at a time goes to each, in the order in which they came. */
export class Handles {
  private readonly open = new Map<string, { writer: FileWriter; turn: Promise<unknown> }>()

  add(writer: FileWriter): string {
    this.open.set(writer.name, { writer, turn: Promise.resolve() })
    return writer.name
  }

  has(handle: string): boolean {
    return this.open.has(handle)
  }

  use<T>(handle: string, act: (writer: FileWriter) => Promise<T>, last = false): Promise<T> {
    const found = this.open.get(handle)
    if (!found) throw hadoop('LeaseExpiredException', `Holder ${handle} does not have any open files.`)
    if (last) this.open.delete(handle)
    const done = found.turn.catch(() => {}).then(() => found.writer.use(act))
    found.turn = done
    return done
  }

  async abandonAll(): Promise<void> {
    for (const handle of [...this.open.keys()]) await this.use(handle, (writer) => writer.abort(), true).catch(() => {})
  }
}
