import type { OpenTab } from './dockState.ts'

/**
 * A word or two beside the titles that several open tabs share, as far as it takes to tell them apart: what each shows, and for two of
 * a kind the parameters in which they differ. Tabs whose title is their own get none.
 */
export function tabDescriptions(
  tabs: readonly OpenTab[],
  nounOf: (type: string) => string,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const tab of tabs) {
    const alike = tabs.filter((other) => other.title.toLowerCase() === tab.title.toLowerCase())
    if (alike.length < 2) continue
    const kin = alike.filter((other) => other.type === tab.type)
    const noun = kin.length < alike.length || kin.length === 1 ? nounOf(tab.type) : ''
    const place = kin.length > 1 ? differing(tab, kin) : ''
    const description = [noun, place].filter(Boolean).join(' · ')
    if (description) found.set(tab.id, description)
  }
  return found
}

function differing(tab: OpenTab, kin: readonly OpenTab[]): string {
  return Object.keys(tab.params)
    .filter((key) => kin.some((other) => text(other.params[key]) !== text(tab.params[key])))
    .map((key) => text(tab.params[key]))
    .filter(Boolean)
    .join(' · ')
}

function text(value: unknown): string {
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
}
