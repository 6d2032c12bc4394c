import { EngineError } from '../../pure/errors.ts'

/** What the engines that share the Glue API have in common. */

const invalidInput = (message: string) => new EngineError('InvalidInputException', message)

/** Members of the model that Millrace does not honour: refused by name, never ignored. False and empty values ask for nothing. */
export function refuse<T extends object>(input: T | undefined, ...members: (keyof T & string)[]): void {
  const given = members.find((name) => {
    const value = input?.[name]
    return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)
  })
  if (given) throw invalidInput(`${given} is not supported by Millrace.`)
}

/** A page of a list that is at hand; tokens name the place of the next item. */
export function page<T>(all: readonly T[], token: string | undefined, size = 100): { items: T[]; NextToken?: string } {
  const start = token === undefined ? 0 : placeOf(token)
  const end = start + size
  return { items: all.slice(start, end), ...(end < all.length && { NextToken: tokenOf(String(end)) }) }
}

export const tokenOf = (place: string) => Buffer.from(place).toString('base64url')
export const textOfToken = (token: string) => Buffer.from(token, 'base64url').toString()

function placeOf(token: string): number {
  const place = Number(textOfToken(token) || Number.NaN)
  if (!Number.isSafeInteger(place) || place < 0) throw invalidInput('The NextToken is not valid.')
  return place
}
