import type { Clock } from '../kit/pure/clock.ts'
import type { Cluster, SecurityConfiguration } from './contract.ts'
import { invalid } from './errors.ts'
import type { EmrStore } from './store.ts'

/**
 * What may be asked for on one machine: encryption at rest of the local disks, where HDFS has its blocks, and SSE-S3, which every object has
 * as far as the lake has it. Members as the guide names them (Amazon EMR Management Guide, "Create a security configuration").
 */
interface Encryption {
  readonly EnableInTransitEncryption?: boolean
  readonly EnableAtRestEncryption?: boolean
  readonly AtRestEncryptionConfiguration?: {
    readonly S3EncryptionConfiguration?: { readonly EncryptionMode?: string }
    readonly LocalDiskEncryptionConfiguration?: { readonly EncryptionKeyProviderType?: string }
  }
}

/** Security configurations: JSON as EMR has it. What Millrace cannot hold is refused when one is made. */
export class SecurityConfigurations {
  private readonly store: EmrStore
  private readonly clock: Clock

  constructor(store: EmrStore, clock: Clock) {
    this.store = store
    this.clock = clock
  }

  create(name: string, text: string): SecurityConfiguration {
    if (this.find(name)) throw invalid(`Security configuration with name '${name}' already exists.`, 'Name')
    readEncryption(text)
    const made = { name, text, createdMs: this.clock.now() }
    this.store.addSecurityConfiguration(made)
    return made
  }

  delete(name: string, clusters: readonly Cluster[]): void {
    this.required(name)
    const user = clusters.find(
      ({ securityConfiguration, endedMs }) => securityConfiguration === name && endedMs === undefined,
    )
    if (user) throw invalid(`Security configuration '${name}' is in use by the cluster ${user.id}.`, 'Name')
    this.store.deleteSecurityConfiguration(name)
  }

  /** Whether a cluster with it has its blocks encrypted. */
  encrypts(name: string | undefined): boolean {
    if (name === undefined) return false
    const { EnableAtRestEncryption: atRest, AtRestEncryptionConfiguration: how } = readEncryption(
      this.required(name).text,
    )
    return atRest === true && how?.LocalDiskEncryptionConfiguration !== undefined
  }

  private required(name: string): SecurityConfiguration {
    const found = this.find(name)
    if (!found) throw invalid(`Security configuration with name '${name}' does not exist.`, 'Name')
    return found
  }

  private find(name: string): SecurityConfiguration | undefined {
    return this.store.securityConfigurations().find((each) => each.name === name)
  }
}

function readEncryption(text: string): Encryption {
  let json: Record<string, unknown>
  try {
    json = JSON.parse(text) as Record<string, unknown>
  } catch {
    throw invalid('The security configuration is no JSON.', 'SecurityConfiguration')
  }
  const strange = Object.keys(json).find((member) => member !== 'EncryptionConfiguration')
  if (strange !== undefined)
    throw refused(strange, 'there are no accounts, Kerberos realms or instances on one machine')
  const encryption = (json.EncryptionConfiguration ?? {}) as Encryption
  if (encryption.EnableInTransitEncryption)
    throw refused('EnableInTransitEncryption', 'data go between threads of one process, not over a network')
  const atRest = encryption.AtRestEncryptionConfiguration ?? {}
  const { S3EncryptionConfiguration: ofObjects, LocalDiskEncryptionConfiguration: ofDisks } = atRest
  if (ofObjects && ofObjects.EncryptionMode !== 'SSE-S3')
    throw refused(
      `EncryptionMode ${ofObjects.EncryptionMode}`,
      'objects of the lake are plain files, whose keys keep no reader out: SSE-S3 alone is taken',
    )
  if (encryption.EnableAtRestEncryption && !ofObjects && !ofDisks)
    throw invalid(
      'EnableAtRestEncryption needs an S3EncryptionConfiguration or a LocalDiskEncryptionConfiguration.',
      'SecurityConfiguration',
    )
  const provider = ofDisks?.EncryptionKeyProviderType
  if (provider !== undefined && provider !== 'AwsKms')
    throw refused(`EncryptionKeyProviderType ${provider}`, 'keys are made by Millrace: AwsKms stands for that')
  return encryption
}

const refused = (what: string, why: string) =>
  invalid(`Millrace does not support ${what}: ${why}.`, 'SecurityConfiguration')
