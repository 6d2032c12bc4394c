import type { Clients, Contracts, EngineName } from './contract.ts'
import type { EngineContext, RunningEngine } from './kit/node/engine.ts'
import type { ContractHandlers } from './kit/pure/contract.ts'

export interface EngineDefinition<K extends EngineName = EngineName> {
  readonly name: K
  readonly needs: readonly (keyof Clients)[]
  start(context: EngineContext<Partial<Clients>>): Promise<RunningEngine<unknown>>
}

/** An engine: its contract's name, the engines it talks to, and how it starts. Stopping is part of what `start` gives back. */
export function defineEngine<const K extends EngineName, const N extends readonly (keyof Clients)[]>(definition: {
  name: K
  needs: N
  start(context: EngineContext<Pick<Clients, N[number]>>): Promise<RunningEngine<ContractHandlers<Contracts[K]>>>
}): EngineDefinition<K> {
  return definition as unknown as EngineDefinition<K>
}
