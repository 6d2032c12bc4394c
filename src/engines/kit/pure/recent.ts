/** The last things that were worked out, by their names; those that were not asked for longest go first. */
export class Recent<T> {
  private readonly known = new Map<string, T>()
  private readonly max: number

  constructor(max: number) {
    this.max = max
  }

  get(name: string): T | undefined {
    const value = this.known.get(name)
    if (value !== undefined) this.set(name, value)
    return value
  }

  /** What is taken is forgotten. */
  take(name: string): T | undefined {
    const value = this.known.get(name)
    this.known.delete(name)
    return value
  }

  set(name: string, value: T): void {
    this.known.delete(name)
    this.known.set(name, value)
    if (this.known.size > this.max) this.known.delete(this.known.keys().next().value!)
  }
}
