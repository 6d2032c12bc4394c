export interface KeyPress {
  readonly key: string
  readonly code: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
}

/** Shortcut text of a key press in the form commands are written in. */
export function chordOf(event: KeyPress): string {
  const mac = /Mac|iP(hone|ad)/.test(globalThis.navigator?.platform ?? '')
  const parts: string[] = []
  if (mac ? event.metaKey : event.ctrlKey) parts.push('Mod')
  if (mac && event.ctrlKey) parts.push('Ctrl')
  if (event.altKey) parts.push('Alt')
  if (event.shiftKey) parts.push('Shift')
  // Letters and digits by the key's place when Shift or Alt changed what it types.
  const code = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1]
  const key = event.key === ' ' ? 'Space' : event.key.length === 1 ? (code ?? event.key).toUpperCase() : event.key
  parts.push(key)
  return parts.join('+')
}

export function normalChord(shortcut: string): string {
  const parts = shortcut.split('+')
  const key = parts.pop()!
  const order = ['Mod', 'Ctrl', 'Alt', 'Shift'].filter((name) => parts.includes(name))
  return [...order, key.length === 1 ? key.toUpperCase() : key].join('+')
}

/** Keys that edit text: they stay with the field that has the focus. */
export const TEXT_KEYS = new Set(
  ['Mod+Z', 'Mod+Y', 'Mod+Shift+Z', 'Mod+C', 'Mod+X', 'Mod+V', 'Mod+A', 'Enter', 'Space', 'Escape'].concat(
    ['Delete', 'Backspace', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'Tab'].flatMap((key) => [
      key,
      `Mod+${key}`,
      `Shift+${key}`,
    ]),
  ),
)
