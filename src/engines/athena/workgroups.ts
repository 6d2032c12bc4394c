import type { Clients } from '../contract.ts'
import type { Db } from '../kit/node/sqlite.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { WorkGroup, WorkGroupSettings } from './contract.ts'
import { splitUri } from './files.ts'
import { Documents } from './store.ts'

const PRIMARY = 'primary'
/** Where results of the API's queries in `primary` lie unless it or the query says otherwise: AWS has a bucket by account here. */
const PRIMARY_OUTPUT = 's3://athena-results/'
/** "Up to 50 tags" (Athena User Guide, "Tag restrictions"). */
const TAGS_MAX = 50

function disabled(): EngineError {
  return invalidInput('WorkGroup is disabled.')
}

export function invalidInput(message: string): EngineError {
  return new EngineError('INVALID_INPUT', message)
}

/** Workgroups by name. `primary` is there from the beginning, and always. */
export class WorkGroups {
  private readonly kept: Documents<WorkGroup>
  private readonly now: () => number

  constructor(db: Db, now: () => number) {
    this.kept = new Documents(db, 'workgroup')
    this.now = now
    if (!db.readonly && !this.kept.get(PRIMARY)) this.create({ ...DEFAULTS, name: PRIMARY, tags: {} })
  }

  get(name: string): WorkGroup {
    const group = this.kept.get(name)
    if (!group) throw invalidInput('WorkGroup is not found.')
    return group
  }

  /** Of a disabled one nobody may run queries or make named ones. */
  requireEnabled(name: string): void {
    if (this.get(name).state === 'DISABLED') throw disabled()
  }

  list(): WorkGroup[] {
    return this.kept.list().sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  create(input: WorkGroupSettings & Pick<WorkGroup, 'name' | 'tags'>): WorkGroup {
    if (this.kept.get(input.name)) throw invalidInput('WorkGroup is already created')
    return this.put({ ...input, state: 'ENABLED', createdMs: this.now() })
  }

  update(name: string, settings: WorkGroupSettings, state?: WorkGroup['state']): WorkGroup {
    const { createdMs, tags, state: before } = this.get(name)
    return this.put({ ...settings, name, createdMs, tags, state: state ?? before })
  }

  tag(name: string, tags: Record<string, string>): void {
    this.put({ ...this.get(name), tags })
  }

  delete(name: string): void {
    if (name === PRIMARY) throw invalidInput('The primary workgroup cannot be deleted.')
    this.kept.delete(name)
  }

  private put(group: WorkGroup): WorkGroup {
    if (group.outputLocation !== undefined) checkLocation(group.outputLocation)
    if (Object.keys(group.tags).length > TAGS_MAX) throw invalidInput(`A workgroup has at most ${TAGS_MAX} tags.`)
    this.kept.put(group.name, group)
    return group
  }
}

const DEFAULTS: WorkGroupSettings = { enforced: false, metrics: false, requesterPays: false, engineVersion: 'AUTO' }

type ResultSettings = Pick<WorkGroup, 'outputLocation' | 'expectedBucketOwner' | 'acl' | 'encryption'>

/** Where and how the results of a query are written: as the workgroup says where it is enforced, else as the query says. */
export function resultSettings(group: WorkGroup, asked: ResultSettings & { resultFile: boolean }): ResultSettings {
  if (group.state === 'DISABLED') throw disabled()
  if (asked.outputLocation !== undefined) checkLocation(asked.outputLocation)
  const outputLocation =
    (group.enforced ? group.outputLocation : undefined) ??
    asked.outputLocation ??
    group.outputLocation ??
    defaultOutput(group, asked.resultFile)
  if (asked.resultFile && outputLocation === undefined) {
    throw invalidInput(
      'No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.',
    )
  }
  const expectedBucketOwner = (group.enforced ? undefined : asked.expectedBucketOwner) ?? group.expectedBucketOwner
  const acl = (group.enforced ? undefined : asked.acl) ?? group.acl
  const encryption = (group.enforced ? undefined : asked.encryption) ?? group.encryption
  return {
    ...(outputLocation !== undefined && { outputLocation }),
    ...(expectedBucketOwner !== undefined && { expectedBucketOwner }),
    ...(acl !== undefined && { acl }),
    ...(encryption !== undefined && { encryption }),
  }
}

export function defaultOutput({ name }: Pick<WorkGroup, 'name'>, resultFile = true): string | undefined {
  return name === PRIMARY && resultFile ? PRIMARY_OUTPUT : undefined
}

/** Athena writes into buckets that are there. That of the primary workgroup is ours, and made with the first result. */
export async function requireBucket(location: string, lake: Pick<Clients['lake'], 'listBuckets'>): Promise<void> {
  const { bucket } = splitUri(location)
  if (location.startsWith(PRIMARY_OUTPUT)) return
  const buckets = await lake.listBuckets({})
  if (!buckets.some(({ name }) => name === bucket))
    throw invalidInput(`Unable to verify/create output bucket ${bucket}`)
}

function checkLocation(location: string): void {
  if (!/^s3:\/\/[a-z0-9][a-z0-9.-]+(\/.*)?$/.test(location))
    throw invalidInput('outputLocation is not a valid S3 path.')
}
