import type { Db } from '../../kit/node/sqlite.ts'
import type { RegisteredSchema, Registry, SchemaVersion } from '../contract.ts'

/** A schema without what its versions say. */
export type StoredSchema = Omit<RegisteredSchema, 'latestVersion' | 'nextVersion'> & { lastNumber: number }

interface Row {
  document: string
}

const documentOf = <T>(row: Row | undefined): T | undefined => row && (JSON.parse(row.document) as T)

/** Registries, schemas, their versions and the versions' metadata. */
export class SchemaStore {
  private readonly db: Db

  constructor(db: Db) {
    this.db = db
  }

  registries(): Registry[] {
    return this.db
      .prepare<[], Row>('SELECT document FROM registries ORDER BY name')
      .all()
      .map((row) => documentOf<Registry>(row)!)
  }

  registry(name: string): Registry | undefined {
    return documentOf(this.db.prepare<[string], Row>('SELECT document FROM registries WHERE name = ?').get(name))
  }

  putRegistry(registry: Registry): void {
    this.db
      .prepare(
        'INSERT INTO registries (name, document) VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document',
      )
      .run(registry.name, JSON.stringify(registry))
  }

  deleteRegistry(name: string): void {
    this.db.prepare('DELETE FROM registries WHERE name = ?').run(name)
  }

  schemas(registry: string | undefined): StoredSchema[] {
    return this.db
      .prepare<[string | null], Row>(
        'SELECT document FROM schemas WHERE registry = coalesce(?, registry) ORDER BY registry, name',
      )
      .all(registry ?? null)
      .map((row) => documentOf<StoredSchema>(row)!)
  }

  schema(registry: string, name: string): StoredSchema | undefined {
    return documentOf(
      this.db
        .prepare<[string, string], Row>('SELECT document FROM schemas WHERE registry = ? AND name = ?')
        .get(registry, name),
    )
  }

  putSchema(schema: StoredSchema): void {
    this.db
      .prepare(
        `INSERT INTO schemas (registry, name, document) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET document = excluded.document`,
      )
      .run(schema.registry, schema.name, JSON.stringify(schema))
  }

  deleteSchema(registry: string, name: string): void {
    this.db.prepare('DELETE FROM schemas WHERE registry = ? AND name = ?').run(registry, name)
  }

  /** In ascending order. */
  versions(registry: string, schema: string): SchemaVersion[] {
    return this.db
      .prepare<[string, string], Row>(
        'SELECT document FROM schema_versions WHERE registry = ? AND schema = ? ORDER BY version',
      )
      .all(registry, schema)
      .map((row) => documentOf<SchemaVersion>(row)!)
  }

  version(versionId: string): SchemaVersion | undefined {
    return documentOf(
      this.db.prepare<[string], Row>('SELECT document FROM schema_versions WHERE id = ?').get(versionId),
    )
  }

  putVersion(version: SchemaVersion): void {
    this.db
      .prepare('INSERT INTO schema_versions (id, registry, schema, version, document) VALUES (?, ?, ?, ?, ?)')
      .run(version.versionId, version.registry, version.schema, version.version, JSON.stringify(version))
  }

  deleteVersion(versionId: string): void {
    this.db.prepare('DELETE FROM schema_versions WHERE id = ?').run(versionId)
  }

  metadata(versionId: string): { key: string; value: string; createdMs: number }[] {
    return this.db
      .prepare<[string], { key: string; value: string; createdMs: number }>(
        `SELECT key, value, created_ms AS createdMs FROM schema_version_metadata
         WHERE version_id = ? ORDER BY key, created_ms DESC, value`,
      )
      .all(versionId)
  }

  putMetadata(versionId: string, key: string, value: string, createdMs: number): void {
    this.db
      .prepare('INSERT INTO schema_version_metadata (version_id, key, value, created_ms) VALUES (?, ?, ?, ?)')
      .run(versionId, key, value, createdMs)
  }

  deleteMetadata(versionId: string, key: string, value: string): boolean {
    return (
      this.db
        .prepare('DELETE FROM schema_version_metadata WHERE version_id = ? AND key = ? AND value = ?')
        .run(versionId, key, value).changes > 0
    )
  }
}
