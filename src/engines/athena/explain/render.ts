import type { PlanNode } from './plan.ts'

/** The plan as Trino draws it in text. */
export function textOf(root: PlanNode, outputs: readonly string[], distributed: boolean): string {
  const top = { name: 'Output', descriptor: { columnNames: `[${outputs.join(', ')}]` } }
  const drawn = [head(top), ...branchOf(root, '', '└─ ', '   ')]
  if (!distributed) return drawn.join('\n')
  // All of it runs in one place.
  const layout = `    Output layout: [${outputs.join(', ')}]`
  return [
    'Fragment 0 [SINGLE]',
    layout,
    '    Output partitioning: SINGLE []',
    ...drawn.map((line) => `    ${line}`),
  ].join('\n')
}

function branchOf(node: PlanNode, indent: string, branch: string, inside: string): string[] {
  const deeper = indent + inside
  const bar = node.children.length > 0 ? '│   ' : '    '
  const facts = [...measures(node), estimate(node), ...node.details]
  return [
    `${indent}${branch}${head(node)}`,
    ...facts.map((fact) => `${deeper}${bar}${fact}`),
    ...node.children.flatMap((child, i) =>
      i < node.children.length - 1 ? branchOf(child, deeper, '├─ ', '│  ') : branchOf(child, deeper, '└─ ', '   '),
    ),
  ]
}

function head({ name, descriptor }: Pick<PlanNode, 'name' | 'descriptor'>): string {
  return `${name}[${Object.entries(descriptor)
    .map(([key, value]) => `${key} = ${value}`)
    .join(', ')}]`
}

function estimate({ estimatedRows }: PlanNode): string {
  return `Estimates: {rows: ${estimatedRows ?? '?'} (?), cpu: ?, memory: ?, network: ?}`
}

function measures({ measured }: PlanNode): string[] {
  return measured ? [`CPU: ${measured.ms.toFixed(2)}ms, Output: ${measured.rows} rows (${measured.bytes}B)`] : []
}

/** The plan as Trino's JSON; a distributed one is keyed by its fragment. */
export function jsonOf(root: PlanNode, outputs: readonly string[], distributed: boolean): string {
  const plan = {
    id: 'output',
    name: 'Output',
    descriptor: { columnNames: `[${outputs.join(', ')}]` },
    outputs: outputs.map((name) => ({ name })),
    details: [],
    estimates: [],
    children: [nodeJson(root)],
  }
  return JSON.stringify(distributed ? { 0: plan } : plan, null, 2)
}

function nodeJson(node: PlanNode): object {
  const { ms, rows, bytes } = node.measured ?? {}
  return {
    id: String(node.id),
    name: node.name,
    descriptor: node.descriptor,
    details: node.details,
    estimates: [{ outputRowCount: node.estimatedRows ?? 'NaN' }],
    ...(node.measured && { cpuTimeMillis: ms, outputRows: rows, outputBytes: bytes }),
    children: node.children.map(nodeJson),
  }
}

/** The plan as a graph in the language of Graphviz. */
export function graphOf(root: PlanNode, outputs: readonly string[]): string {
  const nodes = [
    `plannode_output[label="{Output[${quoted(outputs.join(', '))}]}", style="rounded, filled", shape=record, fillcolor=white];`,
  ]
  const edges = [`plannode_output -> plannode_${root.id};`]
  const walk = (node: PlanNode) => {
    const label = [head(node), ...node.details].map(quoted).join('|')
    nodes.push(`plannode_${node.id}[label="{${label}}", style="rounded, filled", shape=record, fillcolor=white];`)
    for (const child of node.children) {
      edges.push(`plannode_${node.id} -> plannode_${child.id};`)
      walk(child)
    }
  }
  walk(root)
  return ['digraph logical_plan {', 'subgraph cluster_0 {', 'label = "SINGLE"', ...nodes, '}', ...edges, '}'].join('\n')
}

/** Text within a label of a record. */
function quoted(text: string): string {
  return text.replace(/[\\"{}|<>]/g, '\\$&').replaceAll('\n', '\\n')
}
