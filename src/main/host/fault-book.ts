import { randomUUID } from 'node:crypto'
import { contracts, type EngineName } from '../../engines/contract.ts'
import { Broadcast } from '../../engines/kit/pure/broadcast.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import type { Fault } from '../../engines/kit/pure/faults.ts'
import { type HostName, registry } from '../../engines/registry.ts'

/** The faults in effect, of all hosts. They end with the program: what was broken on purpose must not surprise anyone tomorrow. */
export class FaultBook {
  private readonly faults = new Map<string, Fault>()
  private readonly changes = new Broadcast<Fault[]>(() => 'all')
  private readonly tell: (host: HostName) => Promise<void>

  /** `tell` lets a host know of its faults anew, and is done when it does. */
  constructor(tell: (host: HostName) => Promise<void>) {
    this.tell = tell
  }

  of(host: HostName): Fault[] {
    return [...this.faults.values()].filter(({ engine }) => registry[engine as EngineName].host === host)
  }

  async add(input: Omit<Fault, 'id' | 'hits'>): Promise<Fault> {
    const { engine, verb, effect } = input
    const known = registry[engine as EngineName]
    if (!known) throw refused('engine', `There is no engine ${engine}.`)
    if (verb !== undefined && !(verb in contracts[engine as EngineName].verbs))
      throw refused('verb', `The engine ${engine} has no ${verb}.`)
    if (effect.kind === 'disk-full' && (verb !== undefined || input.share < 1))
      throw refused('effect', 'A full disk concerns all that is written: it takes neither a call nor a share of them.')
    const fault = { ...input, id: randomUUID(), hits: 0 }
    this.faults.set(fault.id, fault)
    await this.changed(fault)
    return fault
  }

  async remove(id: string): Promise<void> {
    const fault = this.faults.get(id)
    if (!fault) return
    this.faults.delete(id)
    await this.changed(fault)
  }

  /** A host has met it. */
  hit(id: string): void {
    const fault = this.faults.get(id)
    if (!fault) return
    fault.hits++
    // The host has let go of it by itself.
    if (fault.hits === fault.times) this.faults.delete(id)
    this.changes.announce(this.list())
  }

  watch(signal: AbortSignal): AsyncIterable<Fault[]> {
    return this.changes.watch(signal, [this.list()])
  }

  private list(): Fault[] {
    return [...this.faults.values()].map((fault) => ({ ...fault }))
  }

  private async changed({ engine }: Fault): Promise<void> {
    this.changes.announce(this.list())
    await this.tell(registry[engine as EngineName].host)
  }
}

function refused(field: string, message: string): EngineError {
  return new EngineError('ValidationException', message, { at: { field } })
}
