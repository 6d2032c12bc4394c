import { ListTree, Plus, Presentation, Redo2, RefreshCw, Save, SlidersHorizontal, Type, Undo2 } from 'lucide-react'
import { useStore } from 'zustand'
import type { Sheet } from '../../../engines/bi/dashboard.ts'
import { isDirty } from '../../lib/document-session.ts'
import { runCommand } from '../../lib/index.ts'
import { Button, IconButton, Menu, type MenuItem } from '../../ui/index.ts'
import { chartKinds } from './charts/index.ts'
import { useDashboard } from './context.ts'
import { addTextBox } from './model/edit.ts'
import { useAdd } from './useAdd.ts'

export function DashboardBar({
  sheet,
  fieldsOpen,
  onFields,
  onRefresh,
}: {
  sheet: Sheet
  fieldsOpen: boolean
  onFields: () => void
  onRefresh: () => void
}) {
  const { session, reader } = useDashboard()
  const dirty = useStore(session.store, isDirty)
  const past = useStore(session.store, (state) => state.history?.past.at(-1)?.label)
  const future = useStore(session.store, (state) => state.history?.future[0]?.label)
  const add = useAdd(sheet)
  const addText = () => {
    const made = session.document && addTextBox(session.document, sheet.id, '# Heading\nText')
    if (!made) return
    session.apply('Add text', () => made.document)
    reader.setState({ selected: made.id })
  }
  const items: MenuItem[] = [
    { heading: 'Visuals' },
    ...chartKinds.map(({ kind, title, icon: Icon }) => ({
      title,
      icon: <Icon size={14} />,
      onSelect: () => add.visual(kind),
    })),
    'separator',
    { title: 'Text', icon: <Type size={14} />, onSelect: addText },
    {
      title: 'Filter control',
      icon: <SlidersHorizontal size={14} />,
      disabled: add.columns.length === 0,
      items: add.columns.slice(0, 40).map(({ column, dataSet }) => ({
        title: `${column.name} · ${dataSet}`,
        onSelect: () => add.control(dataSet, column),
      })),
    },
  ]
  return (
    <>
      <Menu
        trigger={
          <Button size="s" icon={<Plus size={13} />}>
            Add
          </Button>
        }
        items={items}
        align="end"
      />
      <IconButton size="s" icon={<ListTree size={14} />} label="Field list" pressed={fieldsOpen} onClick={onFields} />
      <IconButton
        size="s"
        icon={<Undo2 size={14} />}
        label={past ? `Undo: ${past}` : 'Undo'}
        shortcut="Mod+Z"
        disabled={!past}
        onClick={() => session.undo()}
      />
      <IconButton
        size="s"
        icon={<Redo2 size={14} />}
        label={future ? `Redo: ${future}` : 'Redo'}
        shortcut="Mod+Shift+Z"
        disabled={!future}
        onClick={() => session.redo()}
      />
      <IconButton
        size="s"
        icon={<RefreshCw size={14} />}
        label="Ask for the data again"
        shortcut="F5"
        onClick={onRefresh}
      />
      <IconButton
        size="s"
        icon={<Presentation size={14} />}
        label="Present"
        shortcut="F11"
        onClick={() => runCommand('dashboards.present')}
      />
      <Button
        size="s"
        variant={dirty ? 'primary' : 'default'}
        icon={<Save size={13} />}
        disabled={!dirty}
        onClick={() => runCommand('dashboards.save')}
      >
        Save
      </Button>
    </>
  )
}
