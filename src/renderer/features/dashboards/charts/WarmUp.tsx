import { useDeferredValue, useEffect, useState } from 'react'
import type { PlacedField } from '../model/fields.ts'
import type { SeriesTable } from '../model/series.ts'
import { Cartesian } from './cartesian.tsx'

let warm = false

/**
 * A chart of two points that nobody sees, drawn once, while the first answers are on their way. Code that runs for the first time takes four
 * times as long: together with the points of a year it would hold the page still.
 */
export function WarmUp() {
  const [cold, setCold] = useState(!warm)
  const time = useDeferredValue(true, false)
  useEffect(() => {
    if (!time) return
    warm = true
    setCold(false)
  }, [time])
  if (!cold || !time) return null
  return (
    <div hidden>
      <Cartesian
        table={TABLE}
        last={null}
        shapeOf={(index) => (index === 0 ? 'bar' : 'line')}
        width={200}
        height={120}
        picked={null}
        onPick={nothing}
        onOpen={nothing}
      />
    </div>
  )
}

const nothing = () => {}
const field = (role: PlacedField['role']): PlacedField => ({ role, index: 0, use: { column: role } })
const series = (key: string) => ({ key, label: key, color: 'currentColor', field: field('value') })
const point = (key: string) => ({ key, label: key, category: [key], values: [1, 2] })
const TABLE: SeriesTable = {
  categories: [field('category')],
  series: [series('a'), series('b')],
  points: [point('a'), point('b')],
  hidden: 0,
}
