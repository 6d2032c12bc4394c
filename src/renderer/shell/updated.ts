import { notify } from '../lib/notify.ts'

const KEY = 'millrace:updated'

/** Loads the window's new pages, which then say why they were loaded. */
export function loadAnew(): void {
  sessionStorage.setItem(KEY, '1')
  location.reload()
}

export function tellOfUpdate(): void {
  if (sessionStorage.getItem(KEY) === null) return
  sessionStorage.removeItem(KEY)
  notify({
    tone: 'info',
    title: 'Millrace is another version now',
    message: 'This window was loaded anew to fit the program that came back.',
  })
}
