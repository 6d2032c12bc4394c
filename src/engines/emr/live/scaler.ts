import type { Group } from '../contract.ts'
import { marketOf } from '../model/choose.ts'
import { instanceType } from '../model/instance-types.ts'
import { LOOK_EVERY_MS, type Scaled, scaleTo } from '../model/scaling.ts'
import type { Owner } from './owner.ts'

/** Managed scaling: looks once a minute at the containers that wait, and changes what the groups want. */
export class Scaler {
  private readonly owner: Owner
  private nextMs = 0
  private calmSinceMs: number | undefined

  constructor(owner: Owner) {
    this.owner = owner
  }

  look(nowMs: number): number {
    const { scaling, readyMs } = this.owner.cluster
    if (!scaling || readyMs === undefined) return Number.POSITIVE_INFINITY
    if (nowMs >= this.nextMs) {
      this.nextMs = nowMs + LOOK_EVERY_MS
      this.owner.work('scale', () => this.scale())
    }
    return this.nextMs
  }

  private async scale(): Promise<void> {
    const { owner } = this
    const { clients, clock } = owner.parts.context
    const jobs = await clients.mapreduce.list({ cluster: owner.cluster.id })
    const { scaling } = owner.cluster
    if (!scaling) return
    const active = jobs.filter(({ state }) => state === 'RUNNING')
    const count = (which: 'waiting' | 'running') =>
      active.reduce((sum, { maps, reduces }) => sum + maps[which] + reduces[which], 0)
    const pending = count('waiting')
    const nowMs = clock.now()
    this.calmSinceMs = pending > 0 ? undefined : (this.calmSinceMs ?? nowMs)
    const groups = owner.cluster.groups.filter(({ role, state }) => role !== 'MASTER' && state !== 'TERMINATED')
    const scaled = groups.flatMap((group) => this.parts(group))
    const units = scaled.reduce((sum, { capacity }) => sum + capacity, 0)
    const wanted = scaleTo(scaled, scaling, {
      pending,
      running: count('running'),
      containersPerUnit: units === 0 ? 1 : Math.max(1, this.containers(groups) / units),
      calmMs: this.calmSinceMs === undefined ? 0 : nowMs - this.calmSinceMs,
      coreMin: Math.max(
        0,
        ...groups.flatMap((group) => (group.role === 'CORE' ? [this.unitsOf(group) * this.leastOf(group)] : [])),
      ),
    })
    for (const group of groups) {
      const capacity = (market: 'onDemand' | 'spot') =>
        Math.floor((wanted.get(`${group.id}/${market}`) ?? 0) / this.unitsOf(group))
      const next = { onDemand: capacity('onDemand'), spot: capacity('spot') }
      if (next.onDemand !== group.onDemand || next.spot !== group.spot) owner.changeGroup(group.id, next)
    }
  }

  /** A group as one part for each market that it has. */
  private parts(group: Group): Scaled[] {
    const unit = this.unitsOf(group)
    const role = group.role as Scaled['role']
    const part = (market: Scaled['market'], key: 'onDemand' | 'spot'): Scaled => ({
      id: `${group.id}/${key}`,
      role,
      market,
      capacity: group[key] * unit,
    })
    if (group.spot > 0 && group.onDemand > 0) return [part('ON_DEMAND', 'onDemand'), part('SPOT', 'spot')]
    const isSpot = group.onDemand === 0 && marketOf(group) === 'SPOT'
    return [isSpot ? part('SPOT', 'spot') : part('ON_DEMAND', 'onDemand')]
  }

  /** Units of the policy that one unit of the group is. */
  private unitsOf({ choices }: Group): number {
    return this.owner.cluster.scaling?.limits.unit === 'VCPU' ? instanceType(choices[0].type).vcpus : 1
  }

  /** Capacity of a core group that has a node for each replica at least. */
  private leastOf({ choices }: Group): number {
    return this.owner.cluster.replication * Math.max(...choices.map(({ weight }) => weight))
  }

  private containers(groups: readonly Group[]): number {
    return groups.reduce((sum, { choices: [{ type, weight }], onDemand, spot }) => {
      return sum + (instanceType(type).vcpus / weight) * (onDemand + spot)
    }, 0)
  }
}
