import { execFile, spawnSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { engine } from '../../src/engines/hdfs/engine.ts'
import { startEngines } from '../support/engines.ts'

const run = promisify(execFile)
const PYTHON = process.env.MILLRACE_PYTHON ?? 'python3'
const hasClient = spawnSync(PYTHON, ['-c', 'import hdfs']).status === 0
const why = hasClient ? '' : ' (skipped: the Python package hdfs is not there; MILLRACE_PYTHON names another Python)'

const SCRIPT = `
import json, sys
from hdfs import InsecureClient
client = InsecureClient(sys.argv[1], user=sys.argv[2])
data = bytes(range(256)) * 10000
client.makedirs('/py/dir')
client.write('/py/f', data, overwrite=True, blocksize=1048576)
client.write('/py/f', b'more', append=True)
with client.read('/py/f') as reader:
    whole = reader.read()
with client.read('/py/f', offset=10, length=5) as reader:
    part = reader.read()
client.rename('/py/f', '/py/dir/g')
client.set_permission('/py/dir/g', '600')
client.allow_snapshot('/py')
snapshot = client.create_snapshot('/py', 'one')
client.delete_snapshot('/py', 'one')
status = client.status('/py/dir/g')
answer = {
    'whole': whole == data + b'more', 'part': list(part), 'names': client.list('/py/dir'), 'length': status['length'],
    'permission': status['permission'], 'snapshot': snapshot, 'none': client.status('/none', strict=False),
    'deleted': client.delete('/py', recursive=True),
}
try:
    client.list('/py')
except Exception as error:
    answer['error'] = str(error)
print(json.dumps(answer))
`

test.skipIf(!hasClient)(`the stock Python client works with files, snapshots and errors${why}`, async () => {
  await using engines = await startEngines([engine], { settings: { hdfs: { port: 0 } } })
  const { webhdfs } = await engines.clients.hdfs.describe({})
  const { stdout } = await run(PYTHON, ['-c', SCRIPT, new URL(webhdfs).origin, userInfo().username])
  expect(JSON.parse(stdout)).toEqual({
    whole: true,
    part: [10, 11, 12, 13, 14],
    names: ['g'],
    length: 2_560_004,
    permission: '600',
    snapshot: '/py/.snapshot/one',
    none: null,
    deleted: true,
    error: 'File /py does not exist.',
  })
})
