import { ipcRenderer } from 'electron'

/**
 * Asks the main process for a port and hands it to the page. Nothing else is exposed: the page can reach the contracts and no more.
 * The page may listen later than the port arrives, so it says when it is there.
 */
ipcRenderer.on('millrace:port', (event) => {
  window.postMessage({ type: 'millrace:port' }, window.location.origin, event.ports)
})

window.addEventListener('message', (event) => {
  if (event.source === window && event.origin === window.location.origin && event.data?.type === 'millrace:connect')
    ipcRenderer.send('millrace:connect')
})
