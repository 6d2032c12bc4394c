import { hadoop } from '../errors.ts'

/** The query of a WebHDFS request: names in any case, values checked as Hadoop does. */
export class Parameters {
  private readonly values = new Map<string, string[]>()

  constructor(query: URLSearchParams) {
    for (const [name, value] of query) {
      const key = name.toLowerCase()
      this.values.set(key, [...(this.values.get(key) ?? []), value])
    }
  }

  text(name: string): string | undefined {
    const value = this.values.get(name)?.[0]
    return value === '' ? undefined : value
  }

  all(name: string): string[] {
    return this.values.get(name) ?? []
  }

  required(name: string): string {
    const value = this.text(name)
    if (value === undefined) throw hadoop('IllegalArgumentException', `Required param ${name} for op is null or empty.`)
    return value
  }

  integer(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined || value === 'null') return undefined
    if (!/^-?\d+$/.test(value)) throw this.invalid(name, value, `Failed to parse "${value}" as an integer.`)
    return Number(value)
  }

  atLeast(name: string, least: number): number | undefined {
    const value = this.integer(name)
    if (value !== undefined && value < least) throw this.invalid(name, String(value), `${value} < ${least}.`)
    return value
  }

  octal(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    if (!/^[01]?[0-7]{1,3}$/.test(value)) throw this.invalid(name, value, `it is not an octal number up to 1777.`)
    return Number.parseInt(value, 8)
  }

  flag(name: string, otherwise = false): boolean {
    const value = this.text(name)
    if (value === undefined) return otherwise
    if (!/^(true|false)$/i.test(value)) throw this.invalid(name, value, `Failed to parse "${value}" to Boolean.`)
    return value.toLowerCase() === 'true'
  }

  private invalid(name: string, value: string, why: string): Error {
    return hadoop('IllegalArgumentException', `Invalid value for webhdfs parameter "${name}": ${value}: ${why}`)
  }
}
