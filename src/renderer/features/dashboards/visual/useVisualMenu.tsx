import { Copy, CopyPlus, FileDown, Image, Pencil, RotateCcw, Table, Trash2 } from 'lucide-react'
import { useMemo, useRef } from 'react'
import { type Visual, visualFields } from '../../../../engines/bi/dashboard.ts'
import { notify, notifyError } from '../../../lib/index.ts'
import { type MenuItem, saveFile, toCsv, toTsv } from '../../../ui/index.ts'
import { answerRows } from '../charts/table.tsx'
import { drillTo, useDashboard, useReader } from '../context.ts'
import { duplicateItem, removeItem } from '../model/edit.ts'
import { fieldLabel } from '../model/fields.ts'
import { exportPng, fileNameOf } from './png.ts'
import type { Held } from './useVisualData.ts'

/** What can be done with a visual. */
export function useVisualMenu(
  visual: Visual,
  shown: Visual,
  held: Held | null,
  filters: readonly string[],
): MenuItem[] {
  const { session, reader } = useDashboard()
  const presenting = useReader((state) => state.presenting)
  // The items read the answer when they are chosen, so that a menu is not made anew with every refresh.
  const latest = useRef(held)
  latest.current = held
  const ready = held !== null
  // biome-ignore lint/correctness/useExhaustiveDependencies: the filters are compared by their text
  return useMemo((): MenuItem[] => {
    const table = () => {
      const its = latest.current
      const header = its ? visualFields(its.visual).map(({ use }) => fieldLabel(use)) : []
      return { header, rows: its ? answerRows(its.answer) : [] }
    }
    const csv = () => {
      const { header, rows } = table()
      // The filters stand above the data, so that a file that goes around says what it shows.
      const notes = [visual.title, ...filters.map((line) => `Filter: ${line}`)].map((line) => toCsv([line], []))
      saveFile(
        `${fileNameOf(visual.title)}.csv`,
        [...(filters.length > 0 ? notes : []), toCsv(header, rows)],
        'text/csv;charset=utf-8',
      )
    }
    const copyData = async () => {
      try {
        const { header, rows } = table()
        await navigator.clipboard.writeText(toTsv([header, ...rows]))
        notify({ tone: 'good', title: `Copied ${rows.length} rows` })
      } catch (thrown) {
        notifyError('The data were not copied', thrown)
      }
    }
    const png = () =>
      exportPng(visual, table(), filters).catch((thrown: unknown) => notifyError('The picture was not made', thrown))
    const data: MenuItem[] = [
      {
        title: 'Open as table',
        icon: <Table size={14} />,
        disabled: !ready,
        onSelect: () => reader.setState({ asTable: visual.id }),
      },
      { title: 'Export CSV', icon: <FileDown size={14} />, disabled: !ready, onSelect: csv },
      { title: 'Export PNG', icon: <Image size={14} />, disabled: !ready, onSelect: () => void png() },
      { title: 'Copy data', icon: <Copy size={14} />, disabled: !ready, onSelect: () => void copyData() },
    ]
    if (shown !== visual)
      data.unshift(
        { title: 'Close opened periods', icon: <RotateCcw size={14} />, onSelect: () => drillTo(reader, visual.id, 0) },
        'separator',
      )
    if (presenting) return data
    const duplicate = () => {
      const sheet = session.document?.sheets.find((its) => its.visuals.some(({ id }) => id === visual.id))
      const made = session.document && sheet && duplicateItem(session.document, sheet.id, visual.id)
      if (!made) return
      session.apply('Duplicate visual', () => made.document)
      reader.setState({ selected: made.id })
    }
    return [
      {
        title: 'Edit',
        icon: <Pencil size={14} />,
        shortcut: 'Enter',
        onSelect: () => reader.setState({ selected: visual.id }),
      },
      { title: 'Duplicate', icon: <CopyPlus size={14} />, shortcut: 'Mod+D', onSelect: duplicate },
      'separator',
      ...data,
      'separator',
      {
        title: 'Delete',
        icon: <Trash2 size={14} />,
        shortcut: 'Delete',
        danger: true,
        onSelect: () => session.apply('Delete visual', (document) => removeItem(document, visual.id)),
      },
    ]
  }, [visual, shown, ready, filters.join('\n'), session, reader, presenting])
}
