import styles from './Kbd.module.css'

const MAC = typeof navigator !== 'undefined' && /Mac|iP(hone|ad)/.test(navigator.platform)
const NAMES: Record<string, string> = MAC
  ? { Mod: '⌘', Shift: '⇧', Alt: '⌥', Ctrl: '⌃', Enter: '↵', Backspace: '⌫', Delete: '⌦', Escape: 'Esc' }
  : { Mod: 'Ctrl', Escape: 'Esc', Delete: 'Del' }
const ARROWS: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Space: 'Space' }

/** `Mod+Shift+K` in this machine's own words. */
export function shortcutText(keys: string): string {
  return keys
    .split(' ')
    .map((chord) =>
      chord
        .split('+')
        .map(
          (key) =>
            NAMES[key] ?? ARROWS[key] ?? key.toUpperCase().replace(/^(.)(.+)$/, (_, a, b) => a + b.toLowerCase()),
        )
        .join(MAC ? '' : '+'),
    )
    .join(' ')
}

export function Kbd({ keys }: { keys: string }) {
  return <kbd className={styles.kbd}>{shortcutText(keys)}</kbd>
}
