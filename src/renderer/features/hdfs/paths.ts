/** The name at the end of a path; the root has its own. */
export const nameOf = (path: string): string => (path === '/' ? '/' : path.slice(path.lastIndexOf('/') + 1))

export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'

export const within = (folder: string, name: string): string => (folder === '/' ? `/${name}` : `${folder}/${name}`)

/** Every folder from the root to the path itself. */
export function ancestors(path: string): string[] {
  const parts = path.split('/').filter(Boolean)
  return ['/', ...parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`)]
}

/** Nothing in a snapshot can be changed. */
export const isInSnapshot = (path: string): boolean => path.split('/').includes('.snapshot')
