import { readFile } from '../client/reader.ts'
import { FileWriter } from '../client/writer.ts'
import { hadoop } from '../errors.ts'
import { walk } from '../namenode/access.ts'
import { readable } from '../namenode/files.ts'
import { visibleBytes } from '../namenode/inode.ts'
import { ok, type WebAnswer, type WebRequest } from './request.ts'

/** The first of two steps: the NameNode names a DataNode. The same listener speaks for all of them, told which by a parameter. */
function redirect({ url, parameters }: WebRequest, node: string): WebAnswer {
  const location = new URL(url)
  location.searchParams.set('datanode', node)
  location.searchParams.set('namenoderpcaddress', url.host)
  location.searchParams.delete('noredirect')
  return parameters.flag('noredirect')
    ? ok({ Location: location.href })
    : { status: 307, headers: { Location: location.href } }
}

function anyNode({ cluster }: WebRequest): string {
  const [node] = cluster.allocate(1, 0, undefined, new Set())
  return node
}

/** Writes the body; where it ends early, the file is what it was. */
function receive({ body }: WebRequest, file: FileWriter): Promise<void> {
  return file.use(async (writer) => {
    try {
      for await (const bytes of body) await writer.write(bytes)
      await writer.close()
    } catch (thrown) {
      await writer.abort()
      throw thrown
    }
  })
}

export async function create(request: WebRequest): Promise<WebAnswer> {
  const { cluster, caller, path, parameters, datanode, url } = request
  const overwrite = parameters.flag('overwrite')
  if (datanode === undefined) {
    cluster.namenode.requireWritable(`create file ${path}`)
    const found = walk(cluster.namenode.namespace, path, caller).node
    if (found && !overwrite) throw hadoop('FileAlreadyExistsException', `${path} for client 127.0.0.1 already exists`)
    return redirect(request, anyNode(request))
  }
  const writer = await FileWriter.create(
    cluster,
    caller,
    path,
    {
      overwrite,
      replication: parameters.atLeast('replication', 1) ?? cluster.config.replication,
      blockSize: parameters.atLeast('blocksize', 1) ?? cluster.config.blockBytes,
      permission: parameters.octal('unmaskedpermission') ?? parameters.octal('permission') ?? 0o644,
      createParent: parameters.flag('createparent', true),
    },
    datanode,
  )
  await receive(request, writer)
  return { status: 201, headers: { Location: `hdfs://${url.host}${path}` } }
}

export async function append(request: WebRequest): Promise<WebAnswer> {
  const { cluster, caller, path, datanode } = request
  if (datanode === undefined) {
    readable(cluster.namenode, { ...caller, superuser: true }, path)
    return redirect(request, anyNode(request))
  }
  await receive(request, await FileWriter.append(cluster, caller, path, datanode))
  return ok()
}

export async function open(request: WebRequest): Promise<WebAnswer> {
  const { cluster, caller, path, parameters, datanode } = request
  const { path: real, node: file } = readable(cluster.namenode, caller, path)
  const offset = parameters.atLeast('offset', 0) ?? 0
  const size = visibleBytes(file)
  if (offset > size) throw hadoop('IOException', `Offset=${offset} out of the range [0, ${size}); OPEN, path=${real}`)
  if (datanode === undefined) {
    const block = file.blocks[Math.min(Math.floor(offset / file.blockSize), file.blocks.length - 1)]
    const nearest = block && cluster.readers(block.id, undefined).at(0)
    return redirect(request, nearest?.name ?? anyNode(request))
  }
  const length = Math.min(parameters.atLeast('length', 0) ?? Number.MAX_SAFE_INTEGER, size - offset)
  const pieces = readFile(cluster, real, file, { offset, length, near: datanode })
  // What cannot be read at all is said as an error, not as a body that breaks off.
  const first = await pieces.next()
  return {
    status: 200,
    headers: { 'Content-Type': 'application/octet-stream', 'Content-Length': String(length) },
    bytes: (async function* () {
      if (!first.done) yield first.value
      yield* pieces
    })(),
  }
}
