import { uuid } from '../kit/pure/ids.ts'
import type { Random } from '../kit/pure/random.ts'
import { Validation } from './asl/validate.ts'
import type {
  Activity,
  Diagnostic,
  Machine,
  MachineAlias,
  MachineInput,
  MachineType,
  MachineVersion,
} from './contract.ts'
import { activityArn, fail, invalidArn, machineArn, noActivity, noMachine } from './errors.ts'
import type { Integrations } from './integrations/integrations.ts'
import type { StatesStore } from './store.ts'

export interface LibraryParts {
  readonly store: StatesStore
  readonly integrations: Integrations
  readonly random: Random
  readonly now: () => number
  readonly onMachine: (name: string) => void
}

/** What a start is to run: a machine's definition as of now, or of the version that its ARN leads to. */
export interface Chosen {
  readonly machine: Machine
  readonly version?: number
  readonly alias?: string
}

/** Machines with their versions and aliases, and activities. */
export class Library {
  private readonly parts: LibraryParts

  constructor(parts: LibraryParts) {
    this.parts = parts
  }

  async validate(definition: string, type: MachineType): Promise<Diagnostic[]> {
    const validation = new Validation(definition, type)
    const activities = new Set(this.activities().map(({ arn }) => arn))
    await this.parts.integrations.check(validation, (arn) => activities.has(arn))
    for (const { resource, location, express } of validation.tasks)
      if (express && /\.sync(:2)?$|\.waitForTaskToken$|:activity:/.test(resource))
        validation.error(
          'SCHEMA_VALIDATION_FAILED',
          `Express state machine does not support '${resource}'`,
          `${location}/Resource`,
        )
    return validation.diagnostics
  }

  private async requireValid(definition: string, type: MachineType): Promise<void> {
    const wrong = (await this.validate(definition, type)).filter(({ severity }) => severity === 'ERROR')
    if (wrong.length === 0) return
    const said = wrong
      .slice(0, 10)
      .map(({ code, message, location }) => `${code}: ${message}${location ? ` at ${location}` : ''}`)
    throw fail('InvalidDefinition', `Invalid State Machine Definition: '${said.join(', ')}'`, 'definition')
  }

  machines(): Machine[] {
    return this.parts.store.things('machine')
  }

  /** By name or ARN, of a version or an alias too. */
  machine(text: string): Machine {
    const { name } = read(text)
    const machine = this.machines().find((each) => each.name === name)
    if (!machine) throw noMachine(text)
    return machine
  }

  async create({ name, type, definition, roleArn, tags }: MachineInput): Promise<Machine> {
    await this.requireValid(definition, type)
    const there = this.machines().find((machine) => machine.name === name)
    if (there) {
      if (there.definition === definition && there.type === type && there.roleArn === roleArn) return there
      throw fail('StateMachineAlreadyExists', `State Machine Already Exists: '${there.arn}'`, 'name')
    }
    const { random, now } = this.parts
    const machine = {
      name,
      arn: machineArn(name),
      type,
      definition,
      roleArn,
      createdMs: now(),
      revisionId: uuid(random),
      versions: 0,
      tags,
    }
    this.saveMachine(machine)
    return machine
  }

  async update(text: string, change: { definition?: string; roleArn?: string }): Promise<Machine> {
    const machine = this.machine(text)
    if (change.definition !== undefined) await this.requireValid(change.definition, machine.type)
    const { definition = machine.definition, roleArn = machine.roleArn } = change
    const changed = { ...machine, definition, roleArn, revisionId: uuid(this.parts.random) }
    this.saveMachine(changed)
    return changed
  }

  delete(text: string): void {
    const { name } = read(text)
    const { store } = this.parts
    for (const { arn } of this.versions(name)) store.delete('version', arn)
    for (const { arn } of this.aliases(name)) store.delete('alias', arn)
    store.delete('machine', machineArn(name))
    this.parts.onMachine(name)
  }

  private saveMachine(machine: Machine): void {
    this.parts.store.save('machine', machine)
    this.parts.onMachine(machine.name)
  }

  versions(text: string): MachineVersion[] {
    const { name } = read(text)
    return this.parts.store
      .things('version')
      .filter(({ machine }) => machine === name)
      .sort((a, b) => b.version - a.version)
  }

  /** The same revision twice is the same version. */
  publish(text: string, description: string, revisionId?: string): MachineVersion {
    const machine = this.machine(text)
    if (revisionId !== undefined && revisionId !== machine.revisionId)
      throw fail('ConflictException', `The revision ID ${revisionId} is not the current one.`, 'revisionId')
    const [latest] = this.versions(machine.name)
    if (latest?.revisionId === machine.revisionId) return latest
    // Numbers of deleted versions do not come again.
    const version = machine.versions + 1
    this.saveMachine({ ...machine, versions: version })
    const made = {
      machine: machine.name,
      version,
      arn: `${machine.arn}:${version}`,
      definition: machine.definition,
      roleArn: machine.roleArn,
      description,
      createdMs: this.parts.now(),
      revisionId: machine.revisionId,
    }
    this.parts.store.save('version', made)
    return made
  }

  deleteVersion(text: string): void {
    const { name, qualifier } = read(text)
    const version = Number(qualifier)
    const used = this.aliases(name).find(({ routing }) => routing.some((each) => each.version === version))
    if (used)
      throw fail(
        'ConflictException',
        `Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [${used.name}]`,
      )
    this.parts.store.delete('version', text)
  }

  aliases(text: string): MachineAlias[] {
    const { name } = read(text)
    return this.parts.store.things('alias').filter(({ machine }) => machine === name)
  }

  alias(text: string): MachineAlias {
    const alias = this.parts.store.things('alias').find(({ arn }) => arn === text)
    if (!alias) throw fail('ResourceNotFound', `Alias does not exist: '${text}'`)
    return alias
  }

  saveAlias(alias: MachineAlias): MachineAlias {
    const versions = this.versions(alias.machine)
    const { routing } = alias
    if (routing.length < 1 || routing.length > 2 || routing.reduce((sum, { weight }) => sum + weight, 0) !== 100)
      throw fail(
        'ValidationException',
        'The routing configuration has one or two versions, and their weights add up to 100.',
        'routingConfiguration',
      )
    for (const { version } of routing)
      if (!versions.some((each) => each.version === version))
        throw fail(
          'ResourceNotFound',
          `State machine version does not exist: '${machineArn(alias.machine)}:${version}'`,
        )
    this.parts.store.save('alias', alias)
    return alias
  }

  createAlias(text: string, name: string, description: string, routing: MachineAlias['routing']): MachineAlias {
    const machine = this.machine(text)
    const arn = `${machine.arn}:${name}`
    const there = this.aliases(machine.name).find((each) => each.name === name)
    if (there) {
      if (JSON.stringify([there.description, there.routing]) === JSON.stringify([description, routing])) return there
      throw fail('ConflictException', `An alias with this name exists: '${arn}'`)
    }
    const nowMs = this.parts.now()
    return this.saveAlias({
      machine: machine.name,
      name,
      arn,
      description,
      routing,
      createdMs: nowMs,
      updatedMs: nowMs,
    })
  }

  updateAlias(text: string, change: { description?: string; routing?: MachineAlias['routing'] }): MachineAlias {
    const { description, routing } = change
    return this.saveAlias({
      ...this.alias(text),
      ...(description !== undefined && { description }),
      ...(routing && { routing }),
      updatedMs: this.parts.now(),
    })
  }

  deleteAlias(text: string): void {
    this.parts.store.delete('alias', this.alias(text).arn)
  }

  /** What an ARN that is to be started leads to; an alias chooses one of its versions by their weights. */
  choose(text: string): Chosen {
    const { qualifier } = read(text)
    const machine = this.machine(text)
    if (qualifier === undefined) return { machine }
    const alias = /^\d+$/.test(qualifier) ? undefined : this.alias(text)
    const number = alias ? weighted(alias.routing, this.parts.random) : Number(qualifier)
    const version = this.versions(machine.name).find((each) => each.version === number)
    if (!version) throw noMachine(text)
    const { definition, roleArn, revisionId } = version
    return {
      machine: { ...machine, definition, roleArn, revisionId },
      version: version.version,
      ...(alias && { alias: alias.name }),
    }
  }

  activities(): Activity[] {
    return this.parts.store.things('activity')
  }

  activity(arn: string): Activity {
    const activity = this.activities().find((each) => each.arn === arn)
    if (!activity) throw noActivity(arn)
    return activity
  }

  /** Idempotent, as at the service: the same name is the same activity. */
  createActivity(name: string, tags: Record<string, string>): Activity {
    const there = this.activities().find((activity) => activity.name === name)
    if (there) return there
    const activity = { name, arn: activityArn(name), createdMs: this.parts.now(), tags }
    this.parts.store.save('activity', activity)
    return activity
  }

  deleteActivity(arn: string): void {
    this.parts.store.delete('activity', arn)
  }

  tag(arn: string, add: Record<string, string>, remove: readonly string[]): void {
    const changed = (tags: Record<string, string>) =>
      Object.fromEntries(Object.entries({ ...tags, ...add }).filter(([name]) => !remove.includes(name)))
    const machine = this.machines().find((each) => each.arn === arn)
    const activity = this.activities().find((each) => each.arn === arn)
    if (machine) this.saveMachine({ ...machine, tags: changed(machine.tags) })
    else if (activity) this.parts.store.save('activity', { ...activity, tags: changed(activity.tags) })
    else throw fail('ResourceNotFound', `Resource not found: '${arn}'`)
  }
}

function weighted(routing: MachineAlias['routing'], random: Random): number {
  let at = random.next() * 100
  for (const { version, weight } of routing) {
    at -= weight
    if (at < 0) return version
  }
  return routing.at(-1)!.version
}

const ARN = /^arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:stateMachine:([^:]+)(?::([^:]+))?$/

function read(text: string): { name: string; qualifier?: string } {
  const found = ARN.exec(text)
  if (found) return { name: found[1], ...(found[2] !== undefined && { qualifier: found[2] }) }
  if (text.includes(':')) throw invalidArn(text)
  return { name: text }
}
