import { ipcRenderer, webUtils } from 'electron'

/**
 * Asks the main process for a port and hands it to the page. Beside the port the page gets the paths of files that a person drops on it or
 * chooses, and no more: it can ask for none. The page may listen later than the port arrives, so it says when it is there.
 */
ipcRenderer.on('millrace:port', (event) => {
  window.postMessage({ type: 'millrace:port' }, window.location.origin, event.ports)
})

window.addEventListener('message', (event) => {
  if (event.source === window && event.origin === window.location.origin && event.data?.type === 'millrace:connect')
    ipcRenderer.send('millrace:connect')
})

/** Only what a person does is trusted: a gesture that a script makes up tells nothing. */
function tellPaths(event: Event, files: FileList | null | undefined): void {
  if (!event.isTrusted || !files?.length) return
  const paths = Array.from(files, (file) => webUtils.getPathForFile(file))
  window.postMessage({ type: 'millrace:paths', paths }, window.location.origin)
}

window.addEventListener('drop', (event) => tellPaths(event, event.dataTransfer?.files), true)
window.addEventListener('change', (event) => tellPaths(event, (event.target as HTMLInputElement | null)?.files), true)
