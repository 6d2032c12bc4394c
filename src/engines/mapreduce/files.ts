import { linkSync, mkdirSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Clients } from '../contract.ts'
import { writeFileAtomic } from '../kit/node/files.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { noInput, outputExists } from './errors.ts'

const READ_BYTES = 1024 * 1024
const SUCCESS = '_SUCCESS'

export interface InputFile {
  readonly uri: string
  readonly bytes: number
  /** Of HDFS: the largest split unless a job says otherwise. */
  readonly blockBytes?: number
  /** Of the lake: where it is on the disk. */
  readonly file?: string
  /** Of HDFS: where its blocks are. */
  readonly blocks: readonly { readonly offset: number; readonly bytes: number; readonly nodes: readonly string[] }[]
}

type FileClients = Pick<Clients, 'hdfs' | 'lake'>

/** Files of one cluster's jobs by their addresses: those of its HDFS and those of the lake. */
export class Files {
  private readonly clients: FileClients
  private readonly cluster: string

  constructor(clients: FileClients, cluster: string) {
    this.clients = clients
    this.cluster = cluster
  }

  /** All files that a path stands for, in order: itself, those below it, those that its pattern fits. Hidden ones are left out. */
  async list(uri: string): Promise<InputFile[]> {
    const found = uri.startsWith('s3:') ? await this.listLake(uri) : await this.listHdfs(uri)
    if (found.length === 0) throw noInput(uri)
    return found
  }

  /** `near` is the DataNode of HDFS that is read from where it can be. */
  async *read(uri: string, offset: number, length: number, near?: string): AsyncGenerator<Uint8Array> {
    if (length === 0) return
    if (!uri.startsWith('s3:')) {
      for await (const { bytes } of this.clients.hdfs.read({ ...this.at(uri), offset, length, near })) yield bytes
      return
    }
    const file = await this.fileOf(uri)
    let handle: FileHandle | undefined
    try {
      handle = await open(file)
      for (let at = 0; at < length; ) {
        const chunk = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, length - at))
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset + at)
        if (bytesRead === 0) throw new EngineError('EOFException', `${uri} is shorter than it was.`)
        at += bytesRead
        yield chunk.subarray(0, bytesRead)
      }
    } finally {
      await handle?.close()
    }
  }

  /** Throws where the folder of a job's output is there already, or cannot be. */
  async requireNew(uri: string): Promise<void> {
    if (uri.startsWith('s3:')) {
      const { bucket, key } = partsOf(uri)
      if (key === '') throw outputExists(uri)
      const buckets = await this.clients.lake.listBuckets({})
      if (!buckets.some(({ name }) => name === bucket))
        throw new EngineError('NoSuchBucket', `The bucket ${bucket} of the output does not exist.`, {
          at: { field: 'output.path' },
        })
      if ((await this.clients.lake.locate({ uri: `s3://${bucket}/${key}/` })).length > 0) throw outputExists(uri)
    } else if (await this.exists(uri)) throw outputExists(uri)
  }

  /** Makes files the output of a job: its folder appears whole, by one rename. Done again after a kill, it comes to the same. */
  async commit(job: string, uri: string, files: readonly string[]): Promise<void> {
    if (uri.startsWith('s3:')) await this.commitToLake(uri, files)
    else await this.commitToHdfs(job, uri, files)
  }

  /** Brings a file to a place on this machine's disk. */
  async localize(uri: string, to: string): Promise<void> {
    const [{ bytes }] = await this.list(uri)
    const pieces: Uint8Array[] = []
    for await (const piece of this.read(uri, 0, bytes)) pieces.push(piece)
    mkdirSync(dirname(to), { recursive: true })
    writeFileAtomic(to, Buffer.concat(pieces))
  }

  private async commitToLake(uri: string, files: readonly string[]): Promise<void> {
    const { bucket, key } = partsOf(uri)
    const { lake } = this.clients
    if ((await lake.locate({ uri: `s3://${bucket}/${key}/${SUCCESS}` })).length > 0) return
    await this.requireNew(uri)
    const { directory } = await lake.stage({ bucket })
    // Links: what was written stays until all of it is there.
    for (const file of files) linkSync(file, join(directory, basename(file)))
    writeFileAtomic(join(directory, SUCCESS), '')
    await lake.adoptFolder({ bucket, directory, prefix: key })
  }

  private async commitToHdfs(job: string, uri: string, files: readonly string[]): Promise<void> {
    const { hdfs } = this.clients
    const { path } = this.at(uri)
    const parent = dirname(path)
    const temporary = `${parent === '/' ? '' : parent}/_temporary-${job}`
    if (await this.exists(`hdfs://${path}/${SUCCESS}`)) return
    if (await this.exists(uri)) throw outputExists(uri)
    await hdfs.remove({ ...this.at(`hdfs://${temporary}`), recursive: true })
    await hdfs.mkdirs(this.at(`hdfs://${temporary}`))
    for (const file of files) await this.put(file, `${temporary}/${basename(file)}`)
    await this.put(undefined, `${temporary}/${SUCCESS}`)
    const { done } = await hdfs.rename({ ...this.of(), from: temporary, to: path })
    if (!done) throw new EngineError('IOException', `Cannot rename ${temporary} to ${path}.`)
  }

  private async put(file: string | undefined, path: string): Promise<void> {
    const { hdfs } = this.clients
    const { handle } = await hdfs.create({ ...this.at(`hdfs://${path}`), overwrite: true })
    if (file !== undefined) {
      const source = await open(file)
      try {
        for (;;) {
          const chunk = Buffer.allocUnsafeSlow(READ_BYTES)
          const { bytesRead } = await source.read(chunk, 0, chunk.length)
          if (bytesRead === 0) break
          await hdfs.write({ handle, bytes: new Uint8Array(chunk.subarray(0, bytesRead)) })
        }
      } finally {
        await source.close()
      }
    }
    await hdfs.close({ handle })
  }

  private async exists(uri: string): Promise<boolean> {
    try {
      await this.clients.hdfs.status(this.at(uri))
      return true
    } catch (thrown) {
      if (EngineError.from(thrown).code === 'FileNotFoundException') return false
      throw thrown
    }
  }

  private of(): { cluster?: string } {
    return this.cluster === 'local' ? {} : { cluster: this.cluster }
  }

  private at(uri: string): { path: string; cluster?: string } {
    const path = uri.slice('hdfs://'.length).replace(/\/+$/, '')
    return { path: path === '' ? '/' : path, ...this.of() }
  }

  private async fileOf(uri: string): Promise<string> {
    const { key } = partsOf(uri)
    const found = (await this.clients.lake.locate({ uri })).find((object) => object.key === key)
    if (!found) throw noInput(uri)
    return found.file
  }

  private async listLake(uri: string): Promise<InputFile[]> {
    const { bucket, key } = partsOf(uri)
    const fixed = key.replace(/[*?].*$/, '')
    const fits = matcher(key)
    const objects = await this.clients.lake.locate({ uri: `s3://${bucket}/${fixed}` })
    return objects
      .filter((object) => fits(object.key) && isVisible(object.key.slice(fixed.lastIndexOf('/') + 1)))
      .filter(({ key: name }) => !name.endsWith('/'))
      .map(({ key: name, size, file }) => ({
        uri: `s3://${bucket}/${name}`,
        bytes: size,
        file,
        blocks: [],
      }))
  }

  private async listHdfs(uri: string): Promise<InputFile[]> {
    const { path } = this.at(uri)
    const pattern = /[*?]/.test(path)
    const root = pattern ? path.slice(0, path.search(/[*?]/)).replace(/\/[^/]*$/, '') || '/' : path
    if (!(await this.exists(`hdfs://${root}`))) return []
    const fits = matcher(path)
    const files: InputFile[] = []
    const visit = async (at: string, isRoot: boolean): Promise<void> => {
      const status = await this.clients.hdfs.status(this.at(`hdfs://${at}`))
      if (!isRoot && /^[_.]/.test(status.name)) return
      if (status.kind === 'directory') {
        for (const { path: child } of await this.clients.hdfs.list(this.at(`hdfs://${at}`))) await visit(child, false)
      } else if (fits(at)) {
        const blocks = await this.clients.hdfs.blocks(this.at(`hdfs://${at}`))
        files.push({
          uri: `hdfs://${at}`,
          bytes: status.bytes,
          blockBytes: status.blockBytes,
          blocks: blocks.map(({ offset, bytes, replicas }) => ({
            offset,
            bytes,
            nodes: replicas.filter(({ state }) => state === 'good').map(({ node }) => node),
          })),
        })
      }
    }
    await visit(root, true)
    return files.sort((a, b) => (a.uri < b.uri ? -1 : 1))
  }
}

export function partsOf(uri: string): { bucket: string; key: string } {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri)!
  return { bucket, key: key.replace(/\/+$/, '') }
}

/** Whether a path is one, or below one, that a pattern stands for; a star stands for part of one name. */
function matcher(pattern: string): (path: string) => boolean {
  if (pattern === '' || pattern === '/') return () => true
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
  const expression = new RegExp(`^${source}(/.*)?$`)
  return (path) => expression.test(path)
}

const isVisible = (path: string): boolean => !path.split('/').some((part) => /^[_.]/.test(part))
