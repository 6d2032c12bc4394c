import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

/** Just enough of a lake over `lake/<bucket>` for tests of engines that read and write files in place. */
export function fakeLake(workspace: () => string) {
  const root = (bucket: string) => join(workspace(), 'lake', bucket)
  return {
    createBucket: async ({ bucket }: { bucket: string }) => {
      mkdirSync(root(bucket), { recursive: true })
      return {}
    },
    listBuckets: async () =>
      existsSync(join(workspace(), 'lake'))
        ? readdirSync(join(workspace(), 'lake')).map((name) => ({ name, createdMs: 0 }))
        : [],
    locate: async ({ uri }: { uri: string }) => {
      const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri)!
      if (!existsSync(root(bucket))) return []
      return readdirSync(root(bucket), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((file) => ({ file, key: relative(root(bucket), file).split(sep).join('/') }))
        .filter(({ key }) => key.startsWith(prefix))
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ file, key }) => ({ key, file, size: statSync(file).size, modifiedMs: statSync(file).mtimeMs }))
    },
    deleteObjects: async ({ bucket, keys }: { bucket: string; keys: string[] }) => {
      const { rmSync } = await import('node:fs')
      for (const key of keys) rmSync(join(root(bucket), key), { force: true })
      return { deleted: keys }
    },
    stage: async ({ bucket }: { bucket: string }) => {
      const staging = join(workspace(), '.millrace', 'lake', 'stage')
      mkdirSync(staging, { recursive: true })
      return { directory: mkdtempSync(join(staging, `${bucket}-`)) }
    },
    adoptFolder: async ({ bucket, directory, prefix }: { bucket: string; directory: string; prefix: string }) => {
      const target = join(root(bucket), prefix)
      mkdirSync(dirname(target), { recursive: true })
      renameSync(directory, target)
      return []
    },
    adopt: async ({ bucket, files }: { bucket: string; files: { file: string; key: string }[] }) =>
      files.map(({ file, key }) => {
        const target = join(root(bucket), key)
        mkdirSync(dirname(target), { recursive: true })
        renameSync(file, target)
        return { key, size: statSync(target).size, etag: '""', modifiedMs: 0, metadata: {} }
      }),
  }
}
