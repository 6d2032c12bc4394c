import { Broadcast } from '../../kit/pure/broadcast.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { uuid } from '../../kit/pure/ids.ts'
import type { RegisteredSchema, SchemaVersion } from '../contract.ts'
import type { CatalogParts, HandlersOf } from '../handlers.ts'
import { alreadyExists, invalid, notFound } from '../model.ts'
import { compatibilityProblem } from './compatibility.ts'
import { canonical, FORMATS } from './formats.ts'
import { jsonPatch } from './patch.ts'
import { SchemaStore, type StoredSchema } from './store.ts'

/** "10 key-value pairs per schema version" (AWS Glue Developer Guide, "Schema Registry quotas"). */
const METADATA_MAX = 10
const DEFINITION_MAX = 170_000

export function schemaHandlers(
  parts: CatalogParts,
): HandlersOf<
  | 'listRegistries'
  | 'createRegistry'
  | 'updateRegistry'
  | 'deleteRegistry'
  | 'listSchemas'
  | 'getSchema'
  | 'createSchema'
  | 'updateSchema'
  | 'deleteSchema'
  | 'listSchemaVersions'
  | 'getSchemaVersion'
  | 'registerSchemaVersion'
  | 'deleteSchemaVersions'
  | 'findSchemaVersion'
  | 'diffSchemaVersions'
  | 'checkSchema'
  | 'listVersionMetadata'
  | 'putVersionMetadata'
  | 'removeVersionMetadata'
  | 'watchSchemas'
> {
  const store = new SchemaStore(parts.store.db)
  const { clock } = parts
  const changes = new Broadcast<{ registry: string }>(({ registry }) => registry)
  const changed = (registry: string) => changes.announce({ registry })

  const registryNamed = (name: string) => {
    const found = store.registry(name)
    if (!found) throw notFound(`Registry ${name} not found.`)
    return found
  }
  const schemaNamed = (registry: string, name: string) => {
    const found = store.schema(registry, name)
    if (!found) throw notFound(`Schema ${name} not found in registry ${registry}.`)
    return found
  }
  const versionOf = (versionId: string) => {
    const found = store.version(versionId)
    if (!found) throw notFound(`Schema version ${versionId} not found.`)
    return found
  }
  const shown = ({ lastNumber, ...schema }: StoredSchema): RegisteredSchema => ({
    ...schema,
    latestVersion: latestOf(store.versions(schema.registry, schema.name))?.version ?? 0,
    nextVersion: lastNumber + 1,
  })

  /** Within a transaction: the next version of a schema, kept as FAILURE where it may not follow those that are there. */
  const register = (schema: StoredSchema, definition: string): SchemaVersion => {
    if (definition.length > DEFINITION_MAX)
      throw invalid(`A definition has at most ${DEFINITION_MAX} characters; this one has ${definition.length}.`)
    const { format } = schema
    FORMATS[format].check(definition)
    const versions = store.versions(schema.registry, schema.name)
    const same = sameDefinition(versions, definition)
    if (same) return same
    if (schema.compatibility === 'DISABLED' && versions.length > 0)
      throw invalid(`Schema ${schema.name} takes no new versions: its compatibility is DISABLED.`)
    const problem = compatibilityProblem(schema, versions, definition)
    const version: SchemaVersion = {
      versionId: uuid(parts.random),
      registry: schema.registry,
      schema: schema.name,
      version: schema.lastNumber + 1,
      format,
      definition,
      status: problem === undefined ? 'AVAILABLE' : 'FAILURE',
      ...(problem !== undefined && { problem }),
      createdMs: clock.now(),
    }
    store.putSchema({ ...schema, lastNumber: version.version, updatedMs: clock.now() })
    store.putVersion(version)
    return version
  }

  return {
    listRegistries: () => store.registries(),
    createRegistry: ({ registry: name, description }) => {
      if (store.registry(name)) throw alreadyExists(`Registry ${name}`)
      const nowMs = clock.now()
      const registry = { name, ...(description !== undefined && { description }), createdMs: nowMs, updatedMs: nowMs }
      store.putRegistry(registry)
      changed(name)
      return registry
    },
    updateRegistry: ({ registry: name, description }) => {
      const registry = { ...registryNamed(name), description, updatedMs: clock.now() }
      store.putRegistry(registry)
      changed(name)
      return registry
    },
    deleteRegistry: ({ registry }) => {
      registryNamed(registry)
      store.deleteRegistry(registry)
      changed(registry)
      return {}
    },
    listSchemas: ({ registry }) => {
      if (registry !== undefined) registryNamed(registry)
      return store.schemas(registry).map(shown)
    },
    getSchema: ({ registry, schema }) => shown(schemaNamed(registry, schema)),
    createSchema: ({ registry, schema: name, definition, ...input }) => {
      registryNamed(registry)
      const nowMs = clock.now()
      parts.store.transaction(() => {
        if (store.schema(registry, name)) throw alreadyExists(`Schema ${name}`)
        const schema = { ...input, registry, name, checkpoint: 1, lastNumber: 0, createdMs: nowMs, updatedMs: nowMs }
        store.putSchema(schema)
        if (definition !== undefined) register(schema, definition)
      })
      changed(registry)
      return shown(schemaNamed(registry, name))
    },
    updateSchema: ({ registry, schema: name, compatibility, checkpoint, description }) => {
      const schema = schemaNamed(registry, name)
      const versions = store.versions(registry, name)
      if (checkpoint !== undefined && !versions.some(({ version }) => version === checkpoint))
        throw notFound(`Version ${checkpoint} of schema ${name} not found.`)
      const updated = {
        ...schema,
        ...(description !== undefined && { description }),
        ...(compatibility !== undefined && { compatibility }),
        ...(checkpoint !== undefined && { checkpoint }),
        updatedMs: clock.now(),
      }
      store.putSchema(updated)
      changed(registry)
      return shown(updated)
    },
    deleteSchema: ({ registry, schema }) => {
      schemaNamed(registry, schema)
      store.deleteSchema(registry, schema)
      changed(registry)
      return {}
    },
    listSchemaVersions: ({ registry, schema }) => {
      schemaNamed(registry, schema)
      return store.versions(registry, schema)
    },
    getSchemaVersion: ({ versionId }) => versionOf(versionId),
    registerSchemaVersion: ({ registry, schema, definition }) => {
      const version = parts.store.transaction(() => register(schemaNamed(registry, schema), definition))
      changed(registry)
      return version
    },
    deleteSchemaVersions: ({ registry, schema: name, versions: numbers }) => {
      const schema = schemaNamed(registry, name)
      const failed = parts.store.transaction(() => {
        const versions = store.versions(registry, name)
        return numbers.flatMap((version) => {
          const found = versions.find((one) => one.version === version)
          if (!found) return [{ version, error: `Version ${version} not found.` }]
          if (version === schema.checkpoint)
            return [{ version, error: `Version ${version} is the checkpoint and cannot be deleted.` }]
          store.deleteVersion(found.versionId)
          return []
        })
      })
      changed(registry)
      return failed
    },
    findSchemaVersion: ({ registry, schema, definition }) => {
      FORMATS[schemaNamed(registry, schema).format].check(definition)
      const version = sameDefinition(store.versions(registry, schema), definition)
      return { ...(version && { version }) }
    },
    diffSchemaVersions: ({ registry, schema, from, to }) => {
      const { format } = schemaNamed(registry, schema)
      const versions = store.versions(registry, schema)
      const [first, second] = [from, to].map((number) => {
        const found = versions.find(({ version }) => version === number)
        if (!found) throw notFound(`Version ${number} of schema ${schema} not found.`)
        return FORMATS[format].document(found.definition)
      })
      return { patch: JSON.stringify(jsonPatch(first, second)) }
    },
    checkSchema: ({ format, definition }) => {
      try {
        FORMATS[format].check(definition)
        return { valid: true }
      } catch (thrown) {
        return { valid: false, error: EngineError.from(thrown).message }
      }
    },
    listVersionMetadata: ({ versionId }) => store.metadata(versionOf(versionId).versionId),
    putVersionMetadata: ({ versionId, key, value }) => {
      parts.store.transaction(() => {
        const known = store.metadata(versionOf(versionId).versionId)
        if (known.some((one) => one.key === key && one.value === value)) throw alreadyExists(`Metadata ${key}=${value}`)
        if (known.length >= METADATA_MAX)
          throw new EngineError(
            'ResourceNumberLimitExceededException',
            `A schema version has at most ${METADATA_MAX} metadata pairs.`,
          )
        store.putMetadata(versionId, key, value, clock.now())
      })
      return {}
    },
    removeVersionMetadata: ({ versionId, key, value }) => {
      if (!store.deleteMetadata(versionOf(versionId).versionId, key, value))
        throw notFound(`Metadata ${key}=${value} not found.`)
      return {}
    },
    watchSchemas: (_input, { signal }) => changes.watch(signal),
  }
}

/** What is not compatible is nobody's latest. */
const latestOf = (versions: readonly SchemaVersion[]) => versions.findLast(({ status }) => status === 'AVAILABLE')

function sameDefinition(versions: readonly SchemaVersion[], definition: string): SchemaVersion | undefined {
  return versions.find(
    (one) => one.status === 'AVAILABLE' && canonical(one.format, one.definition) === canonical(one.format, definition),
  )
}
