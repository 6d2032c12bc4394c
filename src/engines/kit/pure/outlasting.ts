/**
 * A promise that outlasts many others which are waited for together with it. `Promise.race` would leave a reaction on it for each of them,
 * and each reaction keeps the winner's value alive until this one settles: over a long feed that is every item that ever passed.
 */
export class Outlasting<T> {
  private readonly waiting = new Set<(outcome: Promise<T>) => void>()
  private readonly promise: Promise<T>
  private settled = false

  constructor(promise: Promise<T>) {
    this.promise = promise
    const end = () => {
      this.settled = true
      for (const resolve of this.waiting) resolve(promise)
      this.waiting.clear()
    }
    promise.then(end, end)
  }

  /** What settles first, `other` or this. Nothing of `other` is kept afterwards. */
  race<U>(other: Promise<U>): Promise<T | U> {
    if (this.settled) {
      other.catch(() => {})
      return this.promise
    }
    return new Promise<T | U>((resolve, reject) => {
      this.waiting.add(resolve)
      other.then(
        (value) => {
          this.waiting.delete(resolve)
          resolve(value)
        },
        (thrown) => {
          this.waiting.delete(resolve)
          reject(thrown)
        },
      )
    })
  }
}

/** Rejects with the signal's reason once it is aborted; never settles otherwise. */
export function abortion(signal: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    const end = () => reject(signal.reason)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
  promise.catch(() => {})
  return promise
}
