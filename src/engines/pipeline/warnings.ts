import type { NodeRun, RunState } from './contract.ts'

/** What a person must hear about a run that goes on, or ended well by its own lights. */
export interface RunWarning {
  readonly node: string
  readonly message: string
}

const OVER: ReadonlySet<NodeRun['state']> = new Set(['done', 'stopped', 'failed'])

/** `titleOf` gives a node's name by its id. */
export function runWarnings(run: RunState, titleOf: (node: string) => string): RunWarning[] {
  return run.nodes.flatMap((node) => {
    const found: RunWarning[] = []
    if (node.warning !== undefined)
      found.push({ node: node.node, message: `${titleOf(node.node)} tries again: ${node.warning}` })
    const failed = run.accounts.find((account) => account.node === node.node)?.failed ?? node.rowsFailed
    // Before it is over a node has rows in hand of which nobody knows yet what becomes of them.
    if (OVER.has(node.state) && node.rowsIn > 0 && failed >= node.rowsIn)
      found.push({ node: node.node, message: `100 % of the rows failed at ${titleOf(node.node)}` })
    return found
  })
}
