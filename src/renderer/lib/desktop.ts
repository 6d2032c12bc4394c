/** Whether this page is the window of the desktop program, and no browser's. */
export function inElectron(): boolean {
  return location.protocol === 'app:' || navigator.userAgent.includes('Electron/')
}

/** A file that a person gives: its path where there is one, else its bytes. */
export type GivenFile = { readonly path: string } | { readonly file: File }

/**
 * The files that a person is dropping or choosing, asked for while that goes on: in the desktop's window the preload tells their paths right
 * after it. A browser has none to tell.
 */
export function givenFiles(files: readonly File[]): Promise<readonly GivenFile[]> {
  if (!inElectron()) return Promise.resolve(files.map((file) => ({ file })))
  return new Promise((resolve) => {
    const take = (event: MessageEvent) => {
      const data = event.data as { type?: unknown; paths?: readonly string[] } | null
      if (event.source !== window || data?.type !== 'millrace:paths') return
      window.removeEventListener('message', take)
      resolve((data.paths ?? []).map((path) => ({ path })))
    }
    window.addEventListener('message', take)
  })
}
