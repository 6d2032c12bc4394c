import { z } from 'zod'
import type { CallContext } from './contract.ts'
import { EngineError } from './errors.ts'
import type { Random } from './random.ts'

/** What goes wrong: an answer comes late, the service asks to slow down, it fails, or the disk takes no more. */
export const FaultEffect = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('slow'),
    /** Engine time before the engine begins with the call. */
    ms: z.number().int().min(1).max(900_000),
  }),
  z.object({ kind: z.literal('throttle') }),
  z.object({ kind: z.literal('fail') }),
  z.object({ kind: z.literal('disk-full') }),
])
export type FaultEffect = z.infer<typeof FaultEffect>

/** A fault that is asked for. */
export const FaultInput = z.object({
  engine: z.string(),
  effect: FaultEffect,
  /** One verb of the engine's contract; all of them without it. */
  verb: z.string().optional(),
  /** Which part of the calls it meets, chosen by the host's seed. */
  share: z.number().gt(0).max(1).default(1),
  /** It ends by itself after so many hits. */
  times: z.number().int().min(1).max(1_000_000).optional(),
})
export type FaultInput = z.input<typeof FaultInput>

export const Fault = FaultInput.extend({ id: z.string(), hits: z.number().int().nonnegative() })
export type Fault = z.output<typeof Fault>

export interface FaultParts {
  readonly random: Random
  /** Waits in engine time. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** The service's own error for a caller that asks too much. */
  readonly throttling: (engine: string) => string
  readonly onHit: (id: string) => void
}

type Handler = (input: unknown, context: CallContext) => unknown

/** The faults of one host: calls to its engines meet them at the door, whoever calls. */
export class Faults {
  private readonly parts: FaultParts
  private active: Fault[] = []

  constructor(parts: FaultParts) {
    this.parts = parts
  }

  set(faults: readonly Fault[]): void {
    this.active = faults.map((fault) => ({ ...fault }))
  }

  /** The handler as its callers meet it now. */
  around(engine: string, verb: string, kind: 'call' | 'feed', handler: Handler): Handler {
    const concerned = this.active.some((fault) => concerns(fault, engine, verb))
    if (!concerned) return handler
    if (kind === 'call')
      return async (input, context) => {
        await this.meet(engine, verb, context.signal)
        return handler(input, context)
      }
    const meet = (signal: AbortSignal) => this.meet(engine, verb, signal)
    return async function* (input, context) {
      await meet(context.signal)
      yield* handler(input, context) as AsyncIterable<unknown>
    }
  }

  /** Throws what a write to a full disk throws, where one is asked for. */
  meetWrite(): void {
    const fault = this.active.find(({ effect }) => effect.kind === 'disk-full')
    if (!fault) return
    this.hit(fault)
    throw Object.assign(new Error('no space left on device (a fault that was asked for)'), { code: 'ENOSPC' })
  }

  private async meet(engine: string, verb: string, signal: AbortSignal): Promise<void> {
    for (const fault of this.active.filter((one) => concerns(one, engine, verb))) {
      if (fault.share < 1 && this.parts.random.next() >= fault.share) continue
      this.hit(fault)
      await this.act(fault, engine, signal)
    }
  }

  private hit(fault: Fault): void {
    fault.hits++
    if (fault.hits === fault.times) this.active = this.active.filter((one) => one !== fault)
    this.parts.onHit(fault.id)
  }

  private async act({ effect }: Fault, engine: string, signal: AbortSignal): Promise<void> {
    switch (effect.kind) {
      case 'slow':
        await this.parts.sleep(effect.ms, signal)
        return
      case 'throttle':
        throw new EngineError(this.parts.throttling(engine), 'Rate exceeded: a fault that was asked for.', {
          retry: true,
        })
      case 'fail':
        throw new EngineError('InternalFailure', `${engine} failed: a fault that was asked for.`, {
          domain: 'external',
          retry: true,
        })
    }
  }
}

function concerns(fault: Fault, engine: string, verb: string): boolean {
  return fault.engine === engine && fault.effect.kind !== 'disk-full' && (fault.verb ?? verb) === verb
}
