import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engine } from '../../src/engines/hdfs/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

let engines: TestEngines
let base: string

beforeEach(async () => {
  engines = await startEngines([engine], { settings: { hdfs: { port: 0 } } })
  base = (await engines.clients.hdfs.describe({})).webhdfs
})

afterEach(() => engines[Symbol.asyncDispose]())

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  json: object
}

const USER = (await import('node:os')).userInfo().username

/** One request, which follows no redirect. */
function ask(
  method: string,
  url: string,
  body?: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece) => pieces.push(piece))
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString()
        const isJson = response.headers['content-type'] === 'application/json'
        resolve({ status: response.statusCode!, headers: response.headers, text, json: isJson ? JSON.parse(text) : {} })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

const op = (path: string, query: string, user = USER) => `${base}${path}?op=${query}&user.name=${user}`

/** Both steps of an operation that moves data. */
async function twoSteps(method: string, url: string, body?: string | Buffer): Promise<Answer> {
  const first = await ask(method, url)
  expect(first.status).toBe(307)
  return ask(method, String(first.headers.location), body)
}

const put = (path: string, body: string | Buffer, more = '') => twoSteps('PUT', op(path, `CREATE${more}`), body)

describe('WebHDFS', () => {
  test('a file is created in two steps, appended to, read in part, cut and deleted', async () => {
    const created = await put('/d/f.txt', 'Hello, ')
    expect(created.status).toBe(201)
    expect(created.headers.location).toMatch(/^hdfs:\/\/127.0.0.1:\d+\/d\/f.txt$/)
    expect((await twoSteps('POST', op('/d/f.txt', 'APPEND'), 'world')).status).toBe(200)
    expect((await twoSteps('GET', op('/d/f.txt', 'OPEN'))).text).toBe('Hello, world')
    expect((await twoSteps('GET', op('/d/f.txt', 'OPEN&offset=7&length=3'))).text).toBe('wor')
    expect((await ask('POST', op('/d/f.txt', 'TRUNCATE&newlength=5'))).json).toEqual({ boolean: true })
    expect((await twoSteps('GET', op('/d/f.txt', 'OPEN'))).text).toBe('Hello')
    const status = await ask('GET', op('/d/f.txt', 'GETFILESTATUS'))
    expect((status.json as { FileStatus: object }).FileStatus).toMatchObject({
      length: 5,
      type: 'FILE',
      permission: '644',
      replication: 2,
      blockSize: 64 * 1024 * 1024,
      owner: USER,
      group: 'supergroup',
      pathSuffix: '',
    })
    expect((await ask('DELETE', op('/d', 'DELETE'))).json).toMatchObject({
      RemoteException: { exception: 'PathIsNotEmptyDirectoryException' },
    })
    expect((await ask('DELETE', op('/d', 'DELETE&recursive=true'))).json).toEqual({ boolean: true })
  })

  test('noredirect names the DataNode in the body', async () => {
    const { status, json } = await ask('PUT', op('/f', 'CREATE&noredirect=true'))
    expect(status).toBe(200)
    expect((await ask('PUT', String((json as { Location: string }).Location), 'text')).status).toBe(201)
    expect((await twoSteps('GET', op('/f', 'OPEN'))).text).toBe('text')
  })

  test('errors are exceptions of Hadoop with its status codes', async () => {
    const missing = await ask('GET', op('/none', 'GETFILESTATUS'))
    expect(missing.status).toBe(404)
    expect(missing.json).toEqual({
      RemoteException: {
        exception: 'FileNotFoundException',
        javaClassName: 'java.io.FileNotFoundException',
        message: 'File does not exist: /none',
      },
    })
    const expected: [string, string, number, string][] = [
      ['PUT', op('/x', 'MKDIRS', 'ann'), 403, 'AccessControlException'],
      ['PUT', `${base}/x?op=MKDIRS`, 403, 'AccessControlException'],
      ['PUT', op('/x', 'CREATESYMLINK&destination=/y'), 400, 'UnsupportedOperationException'],
      ['GET', op('/', 'GETACLSTATUS'), 403, 'AclException'],
      ['GET', op('/', 'NONSENSE'), 400, 'IllegalArgumentException'],
      ['PUT', op('/x', 'MKDIRS&permission=9'), 400, 'IllegalArgumentException'],
      ['POST', op('/none', 'CONCAT&sources=/y'), 404, 'FileNotFoundException'],
      ['GET', op('/', 'OPEN'), 404, 'FileNotFoundException'],
    ]
    for (const [method, url, status, exception] of expected) {
      const answer = await ask(method, url)
      expect([
        url,
        answer.status,
        (answer.json as { RemoteException: { exception: string } }).RemoteException.exception,
      ]).toEqual([url, status, exception])
    }
  })

  test('names, owners, times, replication, quotas, attributes and summaries', async () => {
    for (const name of ['a', 'b', 'c']) await put(`/t/${name}`, name.repeat(10))
    const listed = await ask('GET', op('/t', 'LISTSTATUS'))
    expect(
      (listed.json as { FileStatuses: { FileStatus: { pathSuffix: string }[] } }).FileStatuses.FileStatus.map(
        ({ pathSuffix }) => pathSuffix,
      ),
    ).toEqual(['a', 'b', 'c'])
    expect((await ask('GET', op('/t', 'LISTSTATUS_BATCH&startAfter=b'))).json).toMatchObject({
      DirectoryListing: {
        partialListing: { FileStatuses: { FileStatus: [{ pathSuffix: 'c' }] } },
        remainingEntries: 0,
      },
    })
    expect((await ask('PUT', op('/t/c', 'RENAME&destination=/t/d'))).json).toEqual({ boolean: true })
    expect((await ask('POST', op('/t/a', 'CONCAT&sources=/t/b'))).status).toBe(200)
    expect((await ask('PUT', op('/t/a', 'SETREPLICATION&replication=1'))).json).toEqual({ boolean: true })
    expect((await ask('PUT', op('/t/a', 'SETOWNER&owner=ann&group=staff'))).status).toBe(200)
    expect((await ask('PUT', op('/t/a', 'SETPERMISSION&permission=600'))).status).toBe(200)
    expect((await ask('PUT', op('/t/a', 'SETTIMES&modificationtime=1000&accesstime=2000'))).status).toBe(200)
    expect((await ask('GET', op('/t/a', 'GETFILESTATUS'))).json).toMatchObject({
      FileStatus: {
        owner: 'ann',
        group: 'staff',
        permission: '600',
        modificationTime: 1000,
        accessTime: 2000,
        length: 20,
        replication: 1,
      },
    })
    expect((await ask('GET', op('/t/a', 'CHECKACCESS&fsaction=r--', 'bob'))).status).toBe(403)
    expect((await ask('GET', op('/t/a', 'CHECKACCESS&fsaction=rw-', 'ann'))).status).toBe(200)
    await ask('PUT', op('/t', 'SETQUOTA&namespacequota=4&storagespacequota=-1'))
    expect((await ask('GET', op('/t', 'GETQUOTAUSAGE'))).json).toMatchObject({
      QuotaUsage: { fileAndDirectoryCount: 3, quota: 4, spaceConsumed: 40, spaceQuota: -1 },
    })
    expect((await ask('GET', op('/t', 'GETCONTENTSUMMARY'))).json).toMatchObject({
      ContentSummary: { directoryCount: 1, fileCount: 2, length: 30, spaceConsumed: 40 },
    })
    await ask('PUT', op('/t/d', 'SETXATTR&xattr.name=user.from&xattr.value=here&flag=CREATE'))
    expect((await ask('GET', op('/t/d', 'GETXATTRS&xattr.name=user.from&encoding=TEXT'))).json).toEqual({
      XAttrs: [{ name: 'user.from', value: '"here"' }],
    })
    expect((await ask('GET', op('/', 'GETHOMEDIRECTORY'))).json).toEqual({ Path: `/user/${USER}` })
  })

  test('the checksum of a file is the one that Hadoop works out', async () => {
    await put('/empty', '')
    expect((await ask('GET', op('/empty', 'GETFILECHECKSUM'))).json).toEqual({
      FileChecksum: {
        algorithm: 'MD5-of-0MD5-of-0CRC32',
        bytes: '00000000000000000000000070bc8f4b72a86921468bf8e8441dce51',
        length: 28,
      },
    })
    await put('/f', 'x'.repeat(100_000), '&blocksize=65536')
    const { json } = await ask('GET', op('/f', 'GETFILECHECKSUM'))
    expect(json).toMatchObject({ FileChecksum: { algorithm: 'MD5-of-128MD5-of-512CRC32C' } })
    const located = await ask('GET', op('/f', 'GETFILEBLOCKLOCATIONS'))
    expect(located.json).toMatchObject({
      BlockLocations: {
        BlockLocation: [
          { offset: 0, length: 65536 },
          { offset: 65536, length: 34464 },
        ],
      },
    })
  })

  test('snapshots', async () => {
    await put('/s/f', 'then')
    expect((await ask('PUT', op('/s', 'CREATESNAPSHOT&snapshotname=one'))).json).toMatchObject({
      RemoteException: { exception: 'SnapshotException' },
    })
    await ask('PUT', op('/s', 'ALLOWSNAPSHOT'))
    expect((await ask('PUT', op('/s', 'CREATESNAPSHOT&snapshotname=one'))).json).toEqual({ Path: '/s/.snapshot/one' })
    await put('/s/f', 'now', '&overwrite=true')
    expect((await twoSteps('GET', op('/s/.snapshot/one/f', 'OPEN'))).text).toBe('then')
    await ask('PUT', op('/s', 'RENAMESNAPSHOT&oldsnapshotname=one&snapshotname=two'))
    expect((await ask('GET', op('/s', 'GETSNAPSHOTLIST'))).json).toMatchObject({
      SnapshotList: [{ dirStatus: { pathSuffix: 'two' } }],
    })
    expect((await ask('DELETE', op('/s', 'DELETESNAPSHOT&snapshotname=two'))).status).toBe(200)
  })

  test('a page in the browser and a foreign name for this machine are refused', async () => {
    const foreign = [{ origin: 'http://evil.example' }, { host: 'evil.example' }, { 'sec-fetch-site': 'cross-site' }]
    for (const headers of foreign) {
      const answer = await ask('PUT', op('/x', 'MKDIRS'), undefined, headers as never)
      expect(answer.status).toBe(403)
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    }
    expect((await ask('GET', op('/x', 'GETFILESTATUS'))).status).toBe(404)
  })

  test('an upload that breaks off leaves no file', async () => {
    const { headers } = await ask('PUT', op('/half', 'CREATE'))
    await new Promise<void>((resolve) => {
      const request = httpRequest(String(headers.location), {
        method: 'PUT',
        agent: false,
        headers: { 'content-length': '1000000' },
      })
      request.on('error', () => resolve())
      request.write(Buffer.alloc(100_000), () => setTimeout(() => request.destroy(new Error('gone')), 20))
    })
    await expect.poll(async () => (await ask('GET', op('/half', 'GETFILESTATUS'))).status).toBe(404)
    expect((await put('/half', 'whole')).status).toBe(201)
  })
})

describe('the contract', () => {
  test('who runs on a node writes there first, and reads there', async () => {
    const { hdfs } = engines.clients
    const { handle } = await hdfs.create({ path: '/near', near: 'node-2' })
    await hdfs.write({ handle, bytes: new Uint8Array(1000) })
    await hdfs.close({ handle })
    const [{ id, replicas }] = await hdfs.blocks({ path: '/near' })
    const others = replicas.map(({ node }) => node).filter((node) => node !== 'node-2')
    expect(others).toHaveLength(1)
    const corrupt = async () => (await hdfs.describe({})).corrupt
    const read = async (near: string) => {
      for await (const { bytes } of hdfs.read({ path: '/near', near })) expect(bytes).toEqual(new Uint8Array(1000))
    }
    // Nothing is repaired meanwhile.
    await hdfs.safeMode({ action: 'enter' })
    await hdfs.damageReplica({ node: 'node-2', block: id })
    await read(others[0])
    expect(await corrupt()).toBe(0)
    await read('node-2')
    expect(await corrupt()).toBe(1)
    await hdfs.safeMode({ action: 'leave' })
  })

  test('what was written is there after a restart, and a cluster remembers who was leaving', async () => {
    const { hdfs } = engines.clients
    const { handle } = await hdfs.create({ path: '/f', blockBytes: 65_536 })
    const bytes = Buffer.alloc(100_000, 'line\n')
    await hdfs.write({ handle, bytes: new Uint8Array(bytes) })
    await hdfs.close({ handle })
    await hdfs.decommission({ node: 'node-1' })
    const directory = engines.workspaceDirectory
    await engines.stop()
    engines = await startEngines([engine], { directory, settings: { hdfs: { port: 0 } } })
    const again = engines.clients.hdfs
    const pieces: Uint8Array[] = []
    for await (const piece of again.read({ path: '/f' })) pieces.push(piece.bytes)
    expect(Buffer.concat(pieces)).toEqual(bytes)
    const status = await again.describe({})
    expect(status).toMatchObject({ safeMode: null, blocks: 2, files: 1, missing: 0 })
    expect(status.nodes.find(({ name }) => name === 'node-1')!.admin).not.toBe('normal')
    expect((await again.blocks({ path: '/f' })).map(({ bytes: size }) => size)).toEqual([65_536, 34_464])
  })
})
