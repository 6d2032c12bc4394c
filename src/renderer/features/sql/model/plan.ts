/** One step of a plan. Times and rows are there when it was measured. */
export interface PlanStep {
  readonly id: string
  readonly title: string
  /** What it does, in the engine's words: columns, conditions, keys. */
  readonly details: readonly (readonly [name: string, value: string])[]
  readonly estimatedRows: number | null
  readonly rows: number | null
  readonly rowsScanned: number | null
  /** Size of what it gave, where it was measured. */
  readonly bytes: number | null
  readonly ms: number | null
  /** Of the time of all steps, 0 to 1. */
  readonly share: number | null
  readonly children: readonly PlanStep[]
}

interface Raw {
  name?: unknown
  operator_name?: unknown
  operator_type?: unknown
  operator_timing?: unknown
  operator_cardinality?: unknown
  operator_rows_scanned?: unknown
  result_set_size?: unknown
  extra_info?: unknown
  children?: unknown
}

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null

/** Reads a plan as DuckDB writes it in JSON, measured or not; null where there is no tree in it. */
export function readPlan(plan: unknown): PlanStep | null {
  const roots = (Array.isArray(plan) ? plan : [plan]).filter(isRaw)
  const root = roots.map(firstStep).find((step) => step !== null)
  if (!root) return null
  const total = sumOf(root)
  return stepOf(root, '0', total)
}

/** The measured plan begins with what is not a step: the query and EXPLAIN ANALYZE themselves. */
function firstStep(raw: Raw): Raw | null {
  const name = nameOf(raw)
  if (name !== null && name !== 'EXPLAIN_ANALYZE' && name !== 'RESULT_COLLECTOR') return raw
  return (
    childrenOf(raw)
      .map(firstStep)
      .find((step) => step !== null) ?? null
  )
}

const nameOf = ({ name, operator_name, operator_type }: Raw): string | null =>
  [operator_name, operator_type, name]
    .find((text) => typeof text === 'string' && text.trim() !== '')
    ?.toString()
    .trim() ?? null

const childrenOf = ({ children }: Raw): Raw[] => (Array.isArray(children) ? children.filter(isRaw) : [])

const numberOf = (value: unknown): number | null => {
  const number = typeof value === 'string' ? Number(value.replace(/^~/, '').split(' ')[0]) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

function sumOf(raw: Raw): number {
  return (numberOf(raw.operator_timing) ?? 0) + childrenOf(raw).reduce((sum, child) => sum + sumOf(child), 0)
}

function stepOf(raw: Raw, id: string, totalSeconds: number): PlanStep {
  const info = isRaw(raw.extra_info) ? (raw.extra_info as Record<string, unknown>) : {}
  const seconds = numberOf(raw.operator_timing)
  return {
    id,
    title: titleOf(nameOf(raw) ?? 'STEP', info),
    details: Object.entries(info).flatMap(([name, value]) => {
      const text = Array.isArray(value) ? value.join(', ') : String(value)
      return name === 'Estimated Cardinality' || text.trim() === '' ? [] : [[name, text] as const]
    }),
    estimatedRows: numberOf(info['Estimated Cardinality']),
    rows: seconds === null ? null : numberOf(raw.operator_cardinality),
    rowsScanned: numberOf(raw.operator_rows_scanned),
    bytes: seconds === null ? null : numberOf(raw.result_set_size),
    ms: seconds === null ? null : seconds * 1000,
    share: seconds === null || totalSeconds === 0 ? null : seconds / totalSeconds,
    children: childrenOf(raw).map((child, index) => stepOf(child, `${id}.${index}`, totalSeconds)),
  }
}

function titleOf(name: string, info: Record<string, unknown>): string {
  const words = name.replaceAll('_', ' ').toLowerCase()
  const title = words.charAt(0).toUpperCase() + words.slice(1)
  const table = info.Table ?? info.Function
  return typeof table === 'string' && !title.toLowerCase().includes(table.toLowerCase().replaceAll('_', ' '))
    ? `${title} ${table}`
    : title
}

/** Steps with their depth, as rows of a table. */
export function flatPlan(root: PlanStep): { step: PlanStep; depth: number }[] {
  const rows: { step: PlanStep; depth: number }[] = []
  const walk = (step: PlanStep, depth: number) => {
    rows.push({ step, depth })
    for (const child of step.children) walk(child, depth + 1)
  }
  walk(root, 0)
  return rows
}

/** How far the rows are from what was expected: 4 is four times as many, 0.25 a quarter; null where either is unknown. */
export function misjudged({ rows, estimatedRows }: PlanStep): number | null {
  if (rows === null || estimatedRows === null) return null
  return Math.max(1, rows) / Math.max(1, estimatedRows)
}

/** How dear a step is among all. */
export function heatOf({ share }: PlanStep): 'cold' | 'warm' | 'hot' {
  return share === null || share < 0.1 ? 'cold' : share < 0.4 ? 'warm' : 'hot'
}
