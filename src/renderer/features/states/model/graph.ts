import { Graph as Layout, layout } from '@dagrejs/dagre'

/** As much of a definition as a picture needs. */
interface ShownState {
  readonly Type?: string
  readonly Next?: string
  readonly End?: boolean
  readonly Resource?: string
  readonly Default?: string
  readonly Choices?: readonly Record<string, unknown>[]
  readonly Catch?: readonly { readonly Next?: string; readonly ErrorEquals?: readonly string[] }[]
  readonly Branches?: readonly ShownMachine[]
  readonly ItemProcessor?: ShownMachine
  readonly Iterator?: ShownMachine
}
export interface ShownMachine {
  readonly StartAt?: string
  readonly States?: Readonly<Record<string, ShownState>>
}

export interface GraphNode {
  readonly id: string
  readonly kind: 'state' | 'group' | 'start' | 'end'
  /** Of a state, or of the state whose branches a group holds. */
  readonly state: string
  readonly type: string
  readonly detail: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}
export interface GraphEdge {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly label: string
  readonly kind: 'next' | 'choice' | 'catch'
}
export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

const STATE = { width: 188, height: 48 }
const MARK = { width: 18, height: 18 }
const LABEL_MAX = 32

/** Places for all states of a definition, from above to below. Undefined where the text is no machine yet. */
export function graphOf(text: string): Graph | undefined {
  let machine: ShownMachine
  try {
    machine = JSON.parse(text) as ShownMachine
  } catch {
    return undefined
  }
  if (typeof machine.States !== 'object' || machine.States === null) return undefined
  const graph = new Layout({ compound: true, multigraph: true })
  graph.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 44, marginx: 0, marginy: 0 })
  graph.setDefaultEdgeLabel(() => ({}))
  const found: Omit<GraphNode, 'x' | 'y' | 'width' | 'height'>[] = []
  const edges: GraphEdge[] = []
  addMachine(machine, undefined, graph, found, edges)
  for (const { id, from, to, label } of edges)
    graph.setEdge(from, to, { width: label.length * 6, height: label ? 14 : 0, labelpos: 'c' }, id)
  layout(graph)
  const nodes = found.map((node) => {
    const { x, y, width, height } = graph.node(node.id) as { x: number; y: number; width: number; height: number }
    return { ...node, x: x - width / 2, y: y - height / 2, width, height }
  })
  return { nodes, edges }
}

function addMachine(
  machine: ShownMachine,
  group: string | undefined,
  graph: Layout,
  nodes: Omit<GraphNode, 'x' | 'y' | 'width' | 'height'>[],
  edges: GraphEdge[],
): void {
  const states = machine.States ?? {}
  const put = (node: (typeof nodes)[number], size: { width: number; height: number }) => {
    graph.setNode(node.id, { ...size })
    if (group !== undefined) graph.setParent(node.id, group)
    nodes.push(node)
  }
  const link = (from: string, to: string, kind: GraphEdge['kind'], label = '') => {
    if (to in states || to === end)
      edges.push({ id: `${from}→${to}:${edges.length}`, from, to, kind, label: shortened(label) })
  }
  const outer = group ?? ''
  const [start, end] = [`${outer}/start`, `${outer}/end`]
  if (group === undefined) put({ id: start, kind: 'start', state: '', type: '', detail: 'Start' }, MARK)
  const ends = Object.values(states).some(({ End, Type }) => End || Type === 'Succeed' || Type === 'Fail')
  if (group === undefined && ends) put({ id: end, kind: 'end', state: '', type: '', detail: 'End' }, MARK)
  for (const [name, state] of Object.entries(states)) {
    const inner =
      state.Branches ?? ((state.ItemProcessor ?? state.Iterator) ? [(state.ItemProcessor ?? state.Iterator)!] : [])
    put({ id: name, kind: 'state', state: name, type: state.Type ?? '', detail: detailOf(state) }, STATE)
    for (const [index, each] of inner.entries()) {
      if (!each?.States) continue
      const frame = `${name}/${index}`
      put({ id: frame, kind: 'group', state: name, type: state.Type ?? '', detail: '' }, { width: 0, height: 0 })
      addMachine(each, frame, graph, nodes, edges)
      if (each.StartAt !== undefined && each.StartAt in each.States)
        edges.push({ id: `${name}→${frame}`, from: name, to: each.StartAt, kind: 'next', label: '' })
    }
  }
  if (group === undefined && machine.StartAt !== undefined) link(start, machine.StartAt, 'next')
  for (const [name, state] of Object.entries(states)) {
    if (state.Next !== undefined) link(name, state.Next, 'next')
    if (group === undefined && (state.End || state.Type === 'Succeed' || state.Type === 'Fail')) link(name, end, 'next')
    for (const rule of state.Choices ?? []) link(name, String(rule.Next), 'choice', ruleText(rule))
    if (state.Default !== undefined) link(name, state.Default, 'choice', 'otherwise')
    for (const each of state.Catch ?? []) link(name, String(each.Next), 'catch', (each.ErrorEquals ?? []).join(', '))
  }
}

function detailOf({ Type, Resource }: ShownState): string {
  if (Resource === undefined) return Type ?? ''
  const found = /:states:[^:]*:[^:]*:(?:aws-sdk:)?(.+)$/.exec(Resource) ?? /:function:(.+)$/.exec(Resource)
  return found ? found[1].replace(/^activity:/, 'activity ') : Resource
}

const shortened = (text: string): string => (text.length > LABEL_MAX ? `${text.slice(0, LABEL_MAX - 1)}…` : text)

const SIGNS: readonly [RegExp, string][] = [
  [/GreaterThanEquals/, '≥'],
  [/LessThanEquals/, '≤'],
  [/GreaterThan/, '>'],
  [/LessThan/, '<'],
  [/Equals/, '='],
  [/StringMatches/, '~'],
]

/** A rule of a Choice as one reads it: `$.amount > 100`. */
export function ruleText(rule: Readonly<Record<string, unknown>>): string {
  if (typeof rule.Condition === 'string') return rule.Condition.replace(/^\{%\s*|\s*%\}$/g, '')
  for (const [name, word] of [
    ['And', ' and '],
    ['Or', ' or '],
  ] as const)
    if (Array.isArray(rule[name])) return rule[name].map((each) => ruleText(each as Record<string, unknown>)).join(word)
  if (typeof rule.Not === 'object' && rule.Not !== null) return `not ${ruleText(rule.Not as Record<string, unknown>)}`
  const operator = Object.keys(rule).find((name) => !['Variable', 'Next', 'Comment', 'Assign'].includes(name)) ?? ''
  const is = /^Is(.+)$/.exec(operator)
  if (is) return `${rule.Variable} is ${rule[operator] === false ? 'not ' : ''}${is[1].toLowerCase()}`
  const sign = SIGNS.find(([pattern]) => pattern.test(operator))?.[1] ?? operator
  return `${rule.Variable} ${sign} ${JSON.stringify(rule[operator])}`
}
