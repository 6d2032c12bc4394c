/** Asks for the next item while the one before is in use. Whoever stops early has it read for nothing. */
export async function* readAhead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = items.next()
  try {
    for (;;) {
      const { done, value } = await next
      if (done) return
      next = items.next()
      // Met by who asks for it, and by nobody where nobody does.
      next.catch(() => {})
      yield value
    }
  } finally {
    await items.return(undefined)
  }
}
