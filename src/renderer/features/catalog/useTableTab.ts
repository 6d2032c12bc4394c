import { useEffect, useRef } from 'react'
import { useView } from '../../lib/index.ts'
import { keepTable, type TableParams } from './open.ts'

/** The tab's title follows the table in it, and the explorer knows which tables have a tab of their own. */
export function useTableTab(params: TableParams): void {
  const view = useRef(useView())
  const { database, table, engine, preview } = params
  useEffect(() => view.current.setTitle(table), [table])
  useEffect(
    () => keepTable({ database, table, ...(engine && { engine }), ...(preview && { preview }) }),
    [database, table, engine, preview],
  )
}
