import { Menu, type MenuItemConstructorOptions } from 'electron'

/** Only what a desktop expects of every program; Millrace's own commands are in its palette, which both shells have. */
export function applicationMenu(): void {
  const mac: MenuItemConstructorOptions[] = process.platform === 'darwin' ? [{ role: 'appMenu' }] : []
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...mac,
      { role: 'fileMenu' },
      { role: 'editMenu' },
      { role: 'viewMenu' },
      { role: 'windowMenu' },
    ]),
  )
}
