/** What is loaded, first to last: what a person waits for, then the code of what may be opened next, then figures that nobody asked for. */
const RANKS = ['editor', 'features', 'figures'] as const
export type Rank = (typeof RANKS)[number]

/** Nothing gives way for longer: what goes first may itself be held up. */
const PATIENCE_MS = 3000

const underWay = new Map<Rank, number>()
const waiting = new Set<() => void>()

/** Something of this rank is loaded until what is returned is called: the cores are its own. */
export function takePrecedence(rank: Rank): () => void {
  underWay.set(rank, (underWay.get(rank) ?? 0) + 1)
  let over = false
  return () => {
    if (over) return
    over = true
    underWay.set(rank, underWay.get(rank)! - 1)
    for (const wake of [...waiting]) wake()
  }
}

/** Once nothing of a higher rank is under way: an engine that starts, or a chunk that is compiled, takes the time of what is awaited. */
export async function giveWay(rank: Rank): Promise<void> {
  const higher = RANKS.slice(0, RANKS.indexOf(rank))
  const free = () => higher.every((other) => !underWay.get(other))
  if (free()) return
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer)
      waiting.delete(wake)
      resolve()
    }
    const wake = () => free() && end()
    const timer = setTimeout(end, PATIENCE_MS)
    waiting.add(wake)
  })
}
