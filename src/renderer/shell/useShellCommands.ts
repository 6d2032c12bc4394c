import { useClients } from '../lib/clients.tsx'
import { useCommands } from '../lib/commands.ts'
import { notifyError } from '../lib/notify.ts'
import { openPanel } from '../lib/panel.ts'
import { useSystemStatus } from '../lib/status.tsx'
import { currentTheme, setThemeChoice } from '../lib/theme.ts'
import { openView } from '../lib/view.tsx'
import { shortcutFor } from './ActivityBar.tsx'
import { dock, useDock } from './dockState.ts'
import { features } from './features.ts'
import { loadFeature } from './loaded.ts'
import { usePalette } from './Palette.tsx'
import { type ChangePanes, FIRST_PANES, type PaneSizes, togglePane } from './panes.ts'

/** The commands that are there in every window. */
export function useShellCommands(panes: PaneSizes, onPanes: ChangePanes, onActivity: (id: string) => void): void {
  const clients = useClients()
  const status = useSystemStatus()
  const clock = status?.clock
  const failed = (thrown: unknown) => notifyError('The clock was not changed', thrown)
  useCommands(
    () => [
      {
        id: 'shell.palette',
        title: 'Show all commands',
        group: 'Window',
        shortcut: 'Mod+K F1',
        overEditors: true,
        run: () => usePalette.setState(({ open }) => ({ open: !open })),
      },
      {
        id: 'shell.toggleExplorer',
        title: 'Toggle explorer',
        group: 'Window',
        shortcut: 'Mod+B',
        run: () => onPanes(togglePane('explorer')),
      },
      {
        id: 'shell.toggleBottom',
        title: 'Toggle panel',
        group: 'Window',
        shortcut: 'Mod+J',
        run: () => onPanes(togglePane('bottom')),
      },
      {
        id: 'shell.toggleInspector',
        title: 'Toggle inspector',
        group: 'Window',
        shortcut: 'Mod+Alt+B',
        run: () => onPanes(togglePane('inspector')),
      },
      {
        id: 'shell.resetLayout',
        title: 'Reset window layout',
        group: 'Window',
        run: () => onPanes(() => FIRST_PANES),
      },
      ...(['runs', 'problems', 'logs', 'metrics'] as const).map((id) => ({
        id: `shell.panel.${id}`,
        title: `Show ${id}`,
        group: 'Window',
        ...(id === 'problems' && { shortcut: 'Mod+Shift+M' }),
        run: () => openPanel(id),
      })),
      {
        id: 'shell.toggleTheme',
        title: 'Switch between dark and light',
        group: 'Window',
        run: () => setThemeChoice(currentTheme() === 'dark' ? 'light' : 'dark'),
      },
      { id: 'shell.systemTheme', title: 'Use the system theme', group: 'Window', run: () => setThemeChoice('system') },
    ],
    [onPanes],
  )
  useCommands(
    () => [
      {
        id: 'shell.closeTab',
        title: 'Close tab',
        group: 'Tabs',
        shortcut: 'Alt+W',
        // The editor would take it, to find whole words.
        overEditors: true,
        when: () => useDock.getState().active !== null,
        run: () => dock.actions?.close([useDock.getState().active ?? '']),
      },
      {
        id: 'shell.closeAllTabs',
        title: 'Close all tabs',
        group: 'Tabs',
        run: () => dock.actions?.close(useDock.getState().tabs.map((tab) => tab.id)),
      },
      {
        id: 'shell.nextTab',
        title: 'Next tab',
        group: 'Tabs',
        shortcut: 'Alt+PageDown',
        run: () => dock.actions?.step(1),
      },
      {
        id: 'shell.previousTab',
        title: 'Previous tab',
        group: 'Tabs',
        shortcut: 'Alt+PageUp',
        run: () => dock.actions?.step(-1),
      },
      {
        id: 'shell.maximize',
        title: 'Maximize or restore tab',
        group: 'Tabs',
        shortcut: 'Mod+Alt+Enter',
        run: () => dock.actions?.maximize(),
      },
      {
        id: 'shell.splitRight',
        title: 'Split view: tab to the right half',
        group: 'Tabs',
        shortcut: 'Mod+\\',
        overEditors: true,
        run: () => dock.actions?.split(useDock.getState().active ?? '', 'right'),
      },
      {
        id: 'shell.splitBelow',
        title: 'Split view: tab to the lower half',
        group: 'Tabs',
        run: () => dock.actions?.split(useDock.getState().active ?? '', 'below'),
      },
      {
        id: 'shell.otherSide',
        title: 'Go to the other side of a split view',
        group: 'Tabs',
        shortcut: 'F6',
        overEditors: true,
        run: () => dock.actions?.otherSide(),
      },
    ],
    [],
  )
  useCommands(
    () =>
      features.map((entry) => ({
        id: `shell.go.${entry.id}`,
        title: `Go to ${entry.title}`,
        group: 'Window',
        hidden: true,
        ...(shortcutFor(entry) && { shortcut: shortcutFor(entry) }),
        run: async () => {
          onActivity(entry.id)
          const feature = await loadFeature(entry, clients)
          if (feature?.home && !feature.Explorer) openView(feature.home)
          else if (panes.explorer === 0) onPanes(togglePane('explorer'))
        },
      })),
    [clients, onActivity, onPanes, panes.explorer === 0],
  )
  useCommands(
    () => [
      {
        id: 'clock.pause',
        title: clock?.paused ? 'Let time go on' : 'Pause time',
        group: 'Clock',
        shortcut: 'Alt+P',
        when: () => clock?.mode === 'virtual',
        run: () => clients.system.setClock({ paused: !clock?.paused }).catch(failed),
      },
      {
        id: 'clock.step',
        title: 'Step to the next due work',
        group: 'Clock',
        shortcut: 'Alt+.',
        when: () => clock?.mode === 'virtual',
        run: () => clients.system.stepClock({}).catch(failed),
      },
    ],
    [clients, clock?.mode, clock?.paused],
  )
}
