import { Settings as SettingsIcon } from 'lucide-react'
import { defineFeature, defineView, loadable, openView } from '../../lib/index.ts'

const main = defineView<{ page?: string }>({
  type: 'settings.main',
  title: () => 'Settings',
  noun: '',
  icon: SettingsIcon,
  inspector: false,
  id: () => 'settings.main',
  Component: loadable(async () => (await import('./Settings.tsx')).Settings),
})

export const feature = defineFeature({
  id: 'settings',
  home: 'settings.main',
  views: [main],
  commands: () => [
    {
      id: 'settings.aws',
      title: 'Connect an AWS client…',
      group: 'AWS',
      run: () => openView('settings.main', { page: 'aws' }),
    },
    {
      id: 'settings.prices',
      title: 'Change prices…',
      group: 'Workspace',
      run: () => openView('settings.main', { page: 'prices' }),
    },
    {
      id: 'settings.faults',
      title: 'Inject a fault…',
      group: 'Engines',
      run: () => openView('settings.main', { page: 'faults' }),
    },
    {
      id: 'settings.shortcuts',
      title: 'Show keyboard shortcuts',
      group: 'Window',
      run: () => openView('settings.main', { page: 'shortcuts' }),
    },
  ],
})
