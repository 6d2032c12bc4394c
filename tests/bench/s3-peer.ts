import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'

/** The peer of the S3 bench: keeps a body as a file, with its MD5 worked out and the file synced. Argument: a folder. */
const [folder] = process.argv.slice(2)

const server = createServer(async (request, response) => {
  const file = join(folder, basename(request.url ?? ''))
  if (request.method === 'GET') {
    response.end(await readFile(file))
    return
  }
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  const body = Buffer.concat(pieces)
  const handle = await open(file, 'w')
  await handle.write(body)
  const etag = createHash('md5').update(body).digest('hex')
  await handle.sync()
  await handle.close()
  response.setHeader('etag', `"${etag}"`)
  response.end()
})

server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
