import type { NodeRun, RunState, RunWarning } from './contract.ts'

const OVER: ReadonlySet<NodeRun['state']> = new Set(['done', 'stopped', 'failed'])

/** `titleOf` gives a node's name by its id. */
export function runWarnings(
  { nodes, accounts }: Pick<RunState, 'nodes' | 'accounts'>,
  titleOf: (node: string) => string,
): RunWarning[] {
  return nodes.flatMap((node) => {
    const found: RunWarning[] = []
    const over = OVER.has(node.state)
    if (node.warning !== undefined && !over)
      found.push({ node: node.node, message: `${titleOf(node.node)} tries again: ${node.warning}` })
    const failed = accounts.find((account) => account.node === node.node)?.failed ?? node.rowsFailed
    // Before it is over a node has rows in hand of which nobody knows yet what becomes of them.
    if (over && node.rowsIn > 0 && failed >= node.rowsIn)
      found.push({ node: node.node, message: `100 % of the rows failed at ${titleOf(node.node)}` })
    return found
  })
}
