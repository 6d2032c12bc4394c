import { engine } from '../../../src/engines/lake/engine.ts'
import { startEngines } from '../../support/engines.ts'

/**
 * A process to be killed: replaces objects by puts and by uploads in parts, in a bucket with versions and in one without, and prints
 * `bucket key number` once a write is acknowledged. Arguments: workspace, first number.
 */
const [directory, first] = process.argv.slice(2)
const { clients } = await startEngines([engine], { directory })
const { lake } = clients
const PART = 5 * 1024 * 1024

if ((await lake.listBuckets({})).length === 0) {
  await lake.createBucket({ bucket: 'plain' })
  await lake.createBucket({ bucket: 'versions' })
  await lake.changeBucket({ bucket: 'versions', versioning: 'Enabled' })
}

let next = Number(first)

async function put(bucket: string, key: string): Promise<void> {
  for (;;) {
    const number = next++
    const body = new TextEncoder().encode(`${number} `.repeat(20_000))
    const metadata = { number: String(number) }
    const { versionId } = await lake.putObject({ bucket, key, body, metadata })
    process.stdout.write(`${bucket} ${key} ${number} ${versionId ?? ''}\n`)
    // Every fifth version is covered by a marker, and the next put covers that.
    if (bucket === 'versions' && number % 5 === 0) await lake.deleteObjects({ bucket, keys: [key] })
  }
}

async function upload(bucket: string, key: string): Promise<void> {
  for (;;) {
    const number = next++
    const place = { bucket, key }
    const metadata = { number: String(number) }
    const { uploadId } = await lake.createMultipartUpload({ ...place, metadata })
    const whole = new TextEncoder().encode(`${number} `.padStart(8).repeat(PART / 4))
    const parts = []
    for (const partNumber of [1, 2]) {
      const body = whole.slice((partNumber - 1) * PART, partNumber * PART)
      const { etag } = await lake.uploadPart({ ...place, uploadId, partNumber, body })
      parts.push({ partNumber, etag })
    }
    const { versionId } = await lake.completeMultipartUpload({ ...place, uploadId, parts })
    process.stdout.write(`${bucket} ${key} ${number} ${versionId ?? ''}\n`)
  }
}

await Promise.all([put('plain', 'a/put'), put('versions', 'a/put'), upload('plain', 'big'), upload('versions', 'big')])
