import { fn, stringOf, type Tree, text } from '../../kit/node/sql/tree.ts'
import { refuseInvalidDate } from './alike.ts'
import { intervalOf } from './dates.ts'
import { UTC, zoneOfText } from './zones.ts'

/** A literal that DuckDB writes otherwise; undefined where it does not. */
export function literal(payload: Tree): Tree | undefined {
  const value = String(payload.value)
  // DuckDB has no x'…'.
  if (payload.literal_type === 'hex_string') return fn('unhex', text(value.replace(/\s/g, '')))
  refuseInvalidDate(payload)
  if (payload.literal_type === 'timestamp') {
    const zone = zoneOfText(value)
    if (zone) {
      const time = text(value.slice(0, value.lastIndexOf(zone)).trim())
      return UTC.test(zone) ? fn('trino_in_utc', time) : fn('trino_zone_instant', time, text(zone))
    }
  }
  return undefined
}

/** An interval of several fields as one of one field. */
export function interval(payload: Tree): Tree | undefined {
  const unit = payload.unit as Tree | undefined
  if (unit?.type !== 'span') return undefined
  const [value, one] = intervalOf(stringOf(payload.this) ?? '', String(unit.this), String(unit.expression))
  return {
    interval: { this: text(String(value)), unit: { ...unit, type: 'simple', unit: one, use_plural: false } },
  }
}
