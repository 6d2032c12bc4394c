import { useMemo } from 'react'
import { type Command, useCommandSets } from '../../lib/commands.ts'
import { type DataColumn, DataTable, Kbd, shortcutText } from '../../ui/index.ts'

const COLUMNS: DataColumn<Command>[] = [
  { id: 'group', title: 'Group', width: 140, value: (command) => command.group ?? 'Commands' },
  { id: 'title', title: 'Command', width: 320, value: (command) => command.title },
  {
    id: 'keys',
    title: 'Keys',
    width: 200,
    value: (command) => (command.shortcut ? shortcutText(command.shortcut) : null),
    render: (_, { shortcut }) => shortcut?.split(' ').map((keys) => <Kbd key={keys} keys={keys} />),
  },
  { id: 'id', title: 'Id', width: 220, mono: true, hidden: true, value: (command) => command.id },
]

export function ShortcutsPage() {
  const sets = useCommandSets((state) => state.sets)
  const commands = useMemo(() => {
    const byId = new Map(sets.flat().map((command) => [command.id, command]))
    return [...byId.values()].sort(
      (a, b) => (a.group ?? '').localeCompare(b.group ?? '') || a.title.localeCompare(b.title),
    )
  }, [sets])
  return <DataTable label="Shortcuts" columns={COLUMNS} rows={commands} rowKey={(command) => command.id} />
}
