import { readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clients } from '../../contract.ts'
import { invalid } from '../errors.ts'

export interface ObjectPlace {
  readonly bucket: string
  readonly key: string
}

/** `s3://bucket/key`, also as `s3a` and `s3n`; undefined for what is no object of the lake. */
export function objectOf(uri: string): ObjectPlace | undefined {
  const [, bucket, key = ''] = /^s3[an]?:\/\/([^/]+)\/?(.*)$/s.exec(uri) ?? []
  return bucket === undefined ? undefined : { bucket, key }
}

/** EMRFS: an object of the lake; else a file of this machine, by a path in the workspace. */
export async function readAnywhere(
  uri: string,
  { clients, workspaceDirectory }: { clients: Pick<Clients, 'lake'>; workspaceDirectory: string },
): Promise<Buffer> {
  const object = objectOf(uri)
  if (object) return Buffer.from((await clients.lake.getObject(object)).body)
  const path = uri.startsWith('file:') ? fileURLToPath(uri) : uri
  try {
    return readFileSync(isAbsolute(path) ? path : join(workspaceDirectory, path))
  } catch {
    throw invalid(`The file ${uri} cannot be read.`, 'Args')
  }
}
