import type { z } from 'zod'
import type { DocumentFolder } from '../../engines/workspace/contract.ts'

export type Folder = z.infer<typeof DocumentFolder>

/** How the files of a folder end. */
export const ENDINGS: Record<Folder, string> = {
  pipelines: '.json',
  queries: '.sql',
  dashboards: '.json',
  jobs: '.json',
}
export const NOUNS: Record<Folder, string> = {
  pipelines: 'pipeline',
  queries: 'query',
  dashboards: 'dashboard',
  jobs: 'job',
}

/** "pipelines/web-traffic.json" → "web-traffic". */
export function fileName(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.(json|sql)$/, '')
}

/** "pipelines/web-traffic-2.json" → "Web traffic 2". */
export function nameOf(path: string): string {
  const words = fileName(path).replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** "Web traffic" → "pipelines/web-traffic.json", with a number where that is taken. */
export function freePath(folder: Folder, name: string, paths: Iterable<string>): string {
  const base =
    name
      .trim()
      .replace(/\.(json|sql)$/i, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
      .replaceAll(/^-+|-+$/g, '') || NOUNS[folder]
  const taken = new Set(paths)
  for (let n = 1; ; n++) {
    const path = `${folder}/${n === 1 ? base : `${base}-${n}`}${ENDINGS[folder]}`
    if (!taken.has(path)) return path
  }
}
