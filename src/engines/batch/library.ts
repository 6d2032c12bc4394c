import { availableParallelism, totalmem } from 'node:os'
import type {
  ComputeEnvironment,
  DefinitionInput,
  EnvironmentInput,
  JobDefinition,
  JobQueue,
  PolicyInput,
  QueueInput,
  SchedulingPolicy,
} from './contract.ts'
import { clientError, definitionArn, environmentArn, policyArn, queueArn } from './errors.ts'
import { capacityOf } from './schedule/capacity.ts'
import type { Scheduler } from './schedule/scheduler.ts'
import { requireOwnNames } from './schedule/substitute.ts'
import type { BatchStore } from './store.ts'

const MACHINE = { vcpus: availableParallelism(), memoryMiB: Math.floor(totalmem() / 1024 ** 2) }

/** Definitions, environments, queues and policies: kept in the store, known to the scheduler. */
export class Library {
  private readonly store: BatchStore
  private readonly scheduler: Scheduler
  private readonly definitions = new Map<string, JobDefinition[]>()
  private readonly environments = new Map<string, EnvironmentInput>()
  private readonly queues = new Map<string, QueueInput>()
  private readonly policies = new Map<string, PolicyInput>()

  constructor(store: BatchStore, scheduler: Scheduler) {
    this.store = store
    this.scheduler = scheduler
    for (const definition of store.things('definition')) this.keepDefinition(definition)
    for (const policy of store.things('policy')) this.policies.set(policy.name, policy)
    for (const environment of store.things('environment')) this.setEnvironment(environment)
    for (const queue of store.things('queue')) this.setQueue(queue)
  }

  register(input: DefinitionInput): JobDefinition {
    requireOwnNames(input.container.environment)
    const revision = (this.definitions.get(input.name)?.at(-1)?.revision ?? 0) + 1
    const definition = { ...input, revision, arn: definitionArn(input.name, revision), active: true }
    this.store.save('definition', `${input.name}:${revision}`, definition)
    this.keepDefinition(definition)
    return definition
  }

  /** What it defined goes on; nothing new is submitted with it. */
  deregister(text: string): void {
    const definition = this.definition(text)
    const gone = { ...definition, active: false }
    this.store.save('definition', `${gone.name}:${gone.revision}`, gone)
    const revisions = this.definitions.get(gone.name)!
    revisions[revisions.indexOf(definition)] = gone
  }

  /** An active definition by `name`, `name:revision` or its ARN. */
  definition(text: string): JobDefinition {
    const [, name, revision] = /^(?:arn:.*:job-definition\/)?([^:/]+)(?::(\d+))?$/.exec(text) ?? []
    const active = (this.definitions.get(name) ?? []).filter((each) => each.active)
    const found = revision === undefined ? active.at(-1) : active.find((each) => each.revision === Number(revision))
    if (!found) throw clientError(`JobDefinition not found or not active: ${text}`, 'jobDefinition')
    return found
  }

  listDefinitions(): JobDefinition[] {
    return [...this.definitions.values()].flat()
  }

  createEnvironment(input: EnvironmentInput): ComputeEnvironment {
    if (this.environments.has(input.name)) throw clientError('Object already exists', 'computeEnvironmentName')
    return this.saveEnvironment(input)
  }

  updateEnvironment(name: string, change: Partial<EnvironmentInput>): ComputeEnvironment {
    return this.saveEnvironment({ ...this.environmentInput(name), ...given(change) })
  }

  deleteEnvironment(text: string): void {
    const { name, enabled } = this.environmentInput(text)
    if (enabled) throw clientError('Cannot delete, resource is being used: disable the compute environment first')
    if (this.scheduler.used(name).jobs > 0) throw clientError('Cannot delete, resource is being used: jobs run in it')
    const queue = [...this.queues.values()].find(({ environments }) => environments.includes(name))
    if (queue) throw clientError(`Cannot delete, found existing JobQueue relationship: ${queue.name}`)
    this.store.delete('environment', name)
    this.environments.delete(name)
    this.scheduler.deleteEnvironment(name)
  }

  listEnvironments(): ComputeEnvironment[] {
    return [...this.environments.values()].map((input) => this.described(input))
  }

  environment(name: string): EnvironmentInput {
    return this.environmentInput(name)
  }

  createQueue(input: QueueInput): JobQueue {
    if (this.queues.has(input.name)) throw clientError('Object already exists', 'jobQueueName')
    return this.saveQueue(input)
  }

  updateQueue(name: string, change: Partial<QueueInput>): JobQueue {
    return this.saveQueue({ ...this.queueInput(name), ...given(change) })
  }

  /** The jobs in it are somebody else's to end first. */
  deleteQueue(text: string): void {
    const { name, enabled } = this.queueInput(text)
    if (enabled) throw clientError('Cannot delete, JobQueue is not in DISABLED state')
    this.store.delete('queue', name)
    this.queues.delete(name)
    this.scheduler.deleteQueue(name)
  }

  queue(text: string): JobQueue {
    const input = this.queueInput(text)
    return { ...input, arn: queueArn(input.name) }
  }

  /** Of the environments of a queue, which are all of one. */
  platformOf({ environments }: JobQueue): JobDefinition['platform'] {
    return this.environmentInput(environments[0]).kind.startsWith('FARGATE') ? 'FARGATE' : 'EC2'
  }

  listQueues(): JobQueue[] {
    return [...this.queues.values()].map((input) => ({ ...input, arn: queueArn(input.name) }))
  }

  createPolicy(input: PolicyInput): SchedulingPolicy {
    if (this.policies.has(input.name)) throw clientError('Object already exists', 'name')
    return this.savePolicy(input)
  }

  updatePolicy(name: string, change: Partial<PolicyInput>): SchedulingPolicy {
    const policy = this.savePolicy({ ...this.policyInput(name), ...given(change) })
    for (const queue of this.queues.values()) if (queue.policy === policy.name) this.setQueue(queue)
    return policy
  }

  deletePolicy(text: string): void {
    const { name } = this.policyInput(text)
    const queue = [...this.queues.values()].find(({ policy }) => policy === name)
    if (queue) throw clientError(`Cannot delete, found existing JobQueue relationship: ${queue.name}`)
    this.store.delete('policy', name)
    this.policies.delete(name)
  }

  listPolicies(): SchedulingPolicy[] {
    return [...this.policies.values()].map((input) => ({ ...input, arn: policyArn(input.name) }))
  }

  /** Changes the tags of anything but a job; false where the ARN is not of this library. */
  tag(arn: string, change: (tags: Record<string, string>) => Record<string, string>): boolean {
    const [, kind, name] = /^arn:aws:batch:[^:]*:[^:]*:([a-z-]+)\/(.+)$/.exec(arn) ?? []
    if (kind === 'job-definition') {
      const definition = this.definition(name)
      const tagged = { ...definition, tags: change(definition.tags) }
      this.store.save('definition', `${tagged.name}:${tagged.revision}`, tagged)
      this.keepDefinition(tagged)
    } else if (kind === 'compute-environment') {
      const input = this.environmentInput(name)
      this.saveEnvironment({ ...input, tags: change(input.tags) })
    } else if (kind === 'job-queue') {
      const input = this.queueInput(name)
      this.saveQueue({ ...input, tags: change(input.tags) })
    } else if (kind === 'scheduling-policy') {
      const input = this.policyInput(name)
      this.savePolicy({ ...input, tags: change(input.tags) })
    } else return false
    return true
  }

  private keepDefinition(definition: JobDefinition): void {
    const others = (this.definitions.get(definition.name) ?? []).filter((its) => its.revision !== definition.revision)
    this.definitions.set(
      definition.name,
      [...others, definition].sort((a, b) => a.revision - b.revision),
    )
  }

  private saveEnvironment(input: EnvironmentInput): ComputeEnvironment {
    this.described(input)
    this.store.save('environment', input.name, input)
    return this.setEnvironment(input)
  }

  private setEnvironment(input: EnvironmentInput): ComputeEnvironment {
    this.environments.set(input.name, input)
    const environment = this.described(input)
    this.scheduler.setEnvironment(environment)
    return environment
  }

  private described(input: EnvironmentInput): ComputeEnvironment {
    const maxVcpus = input.kind === 'UNMANAGED' && input.maxVcpus === 0 ? MACHINE.vcpus : input.maxVcpus
    const capacity = capacityOf({ ...input, maxVcpus }, MACHINE)
    return {
      ...input,
      maxVcpus,
      ...capacity,
      arn: environmentArn(input.name),
      used: this.scheduler.used(input.name),
    }
  }

  private saveQueue(input: QueueInput): JobQueue {
    for (const name of input.environments) this.environmentInput(name)
    if (input.policy !== undefined) this.policyInput(input.policy)
    const kinds = new Set(input.environments.map((name) => this.environmentInput(name).kind.startsWith('FARGATE')))
    if (kinds.size > 1)
      throw clientError('All compute environments of a job queue must be of one type: EC2 and Fargate cannot be mixed')
    this.store.save('queue', input.name, input)
    this.setQueue(input)
    return { ...input, arn: queueArn(input.name) }
  }

  private setQueue(input: QueueInput): void {
    this.queues.set(input.name, input)
    this.scheduler.setQueue(input, input.policy === undefined ? undefined : this.policies.get(input.policy))
  }

  private savePolicy(input: PolicyInput): SchedulingPolicy {
    this.store.save('policy', input.name, input)
    this.policies.set(input.name, input)
    return { ...input, arn: policyArn(input.name) }
  }

  private environmentInput(text: string): EnvironmentInput {
    return required(this.environments, text, 'compute-environment', 'computeEnvironment')
  }

  private queueInput(text: string): QueueInput {
    return required(this.queues, text, 'job-queue', 'jobQueue')
  }

  private policyInput(text: string): PolicyInput {
    return required(this.policies, text, 'scheduling-policy', 'schedulingPolicy')
  }
}

/** By name or ARN. */
function required<T>(things: ReadonlyMap<string, T>, text: string, kind: string, field: string): T {
  const marker = `:${kind}/`
  const at = text.indexOf(marker)
  const found = things.get(at < 0 ? text : text.slice(at + marker.length))
  if (!found) throw clientError(`${field} ${text} does not exist`, field)
  return found
}

function given<T extends object>(change: T): Partial<T> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>
}
