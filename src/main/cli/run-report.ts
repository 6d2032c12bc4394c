import type { Account, RunState } from '../../engines/pipeline/contract.ts'

/** Titles of the nodes by id. */
export type Titles = ReadonlyMap<string, string>

type NodeState = RunState['nodes'][number]

/** The text of `millrace run`: pure, so that it can be held against golden files. */
export function progressBlock(state: RunState, titles: Titles, columns: number): string[] {
  const width = Math.max(...state.nodes.map((node) => nameOf(node.node, titles).length))
  const lines = state.nodes.map((node) => {
    const parts = [
      `${mark(node)} ${nameOf(node.node, titles).padEnd(width)}`,
      node.progress === null ? ' '.repeat(12) : `[${bar(node.progress, 10)}]`,
      `${count(rowsOf(node)).padStart(10)} rows`,
      `${size(Math.max(node.bytesIn, node.bytesOut)).padStart(9)}`,
      `${count(Math.round(Math.max(node.rateIn, node.rateOut))).padStart(8)}/s`,
      node.etaMs === null || node.state !== 'running' ? '' : `${duration(node.etaMs)} left`,
      node.error?.message ?? node.warning ?? node.note ?? '',
    ]
    return cut(parts.filter((part) => part !== '').join('  '), columns)
  })
  const clock = new Date(state.clockMs).toISOString().slice(0, 19).replace('T', ' ')
  return [cut(`${state.state}${standing(state)}  clock ${clock}`, columns), ...lines]
}

export function plainLine(state: RunState, titles: Titles): string {
  const nodes = state.nodes
    .filter((node) => node.state !== 'waiting')
    .map((node) => `${nameOf(node.node, titles)} ${count(rowsOf(node))}`)
  return `${state.state}${standing(state)}: ${nodes.join(', ')}`
}

/** How far the run is, or what it waits for while it drains, and the time left where it can be known: the figures of the builder. */
function standing({ state, progress, etaMs, waitsFor }: RunState): string {
  const share = state === 'draining' ? waitsFor : progress === null ? undefined : `${Math.floor(progress * 100)} %`
  const left = etaMs === null ? undefined : `${duration(etaMs)} left`
  const told = [share, left].filter((part) => part !== undefined).join(', ')
  return told === '' ? '' : ` ${told}`
}

/** One NDJSON line; numbers only, for machines. */
export function machineLine(type: 'progress' | 'end', state: RunState): string {
  return JSON.stringify({ type, ...state })
}

/** The table at the end: what went in and out of every node, what it cost, and whether the sums hold. */
export function report(state: RunState, titles: Titles): string {
  const rows = state.nodes.map((node) => {
    const account = state.accounts.find((other) => other.node === node.node)
    return [
      nameOf(node.node, titles),
      count(node.rowsIn),
      count(node.rowsOut),
      count(account?.filtered ?? node.rowsFiltered),
      count(account?.failed ?? node.rowsFailed),
      size(Math.max(node.bytesIn, node.bytesOut)),
      readBack(account),
    ]
  })
  const table = [['node', 'rows in', 'rows out', 'filtered', 'failed', 'bytes', 'read back'], ...rows]
  const widths = table[0].map((_, c) => Math.max(...table.map((row) => row[c].length)))
  const lines = table.map((row) =>
    row
      .map((cell, c) => (c === 0 || c === row.length - 1 ? cell.padEnd(widths[c]) : cell.padStart(widths[c])))
      .join('  ')
      .trimEnd(),
  )
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '))
  return `${[...lines, '', ...summary(state, titles)].join('\n')}\n`
}

function summary(state: RunState, titles: Titles): string[] {
  const seconds = state.endedMs === undefined ? null : (state.endedMs - state.startedMs) / 1000
  const { rows } = state
  const pace = seconds && rows > 0 ? `, ${count(Math.round(rows / seconds))} rows/s` : ''
  const lines = [
    ...(seconds === null ? [] : [`Time      ${seconds.toFixed(1)} s${pace}`]),
    `Athena    ${size(state.athenaBytesScanned)} scanned`,
    `At AWS    ${state.costUsd === null ? 'no prices known' : `$${state.costUsd.toFixed(4)}`} (an estimate, simulated: nothing ran at AWS)`,
  ]
  const unread = state.nodes.filter(isLossySource)
  for (const node of unread)
    lines.push(
      `Left out  ${count(node.rowsFailed)} rows at ${nameOf(node.node, titles)}: ${node.note ?? 'they could not be read'}`,
    )
  const every = unread.length > 0 ? 'every row that could be read' : 'every row'
  const differ = state.accounts.filter((account) => account.agrees === false)
  if (state.accounts.length > 0)
    lines.push(
      differ.length === 0
        ? `Accounts  agree: ${every} is delivered, filtered or under an error prefix`
        : `Accounts  DIFFER at ${differ.map((account) => account.node).join(', ')}`,
    )
  else if (state.state === 'stopped')
    lines.push('Accounts  not made: the run was stopped before its sinks were read back')
  for (const { message } of state.warnings) lines.push(`Warning   ${message}`)
  lines.push(`Outcome   ${state.state}${state.error ? `: ${state.error.message}` : ''}`)
  return lines
}

/** A source some of whose rows could not be read: they are in no sink and under no error prefix. */
function isLossySource(node: NodeState): boolean {
  return node.rowsIn === 0 && node.rowsFailed > 0
}

function readBack(account: Account | undefined): string {
  if (!account || account.agrees === null) return '–'
  const rows = account.readBack === null ? '' : `${count(account.readBack)} `
  return `${rows}${account.agrees ? '✓' : '✗'}${account.note ? ` ${account.note}` : ''}`
}

function nameOf(node: string, titles: Titles): string {
  return titles.get(node) ?? node
}

function rowsOf(node: NodeState): number {
  return Math.max(node.rowsIn, node.rowsOut)
}

const MARKS: Record<NodeState['state'], string> = {
  waiting: '·',
  running: '▸',
  paused: '‖',
  done: '✓',
  failed: '✗',
  stopped: '■',
}

function mark(node: NodeState): string {
  return MARKS[node.state]
}

function bar(share: number, width: number): string {
  const full = Math.round(share * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

export function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

/** Cuts a line to the terminal, so that redrawing counts one row for each. */
function cut(line: string, columns: number): string {
  const characters = [...line]
  return characters.length < columns ? line : `${characters.slice(0, Math.max(1, columns - 2)).join('')}…`
}
