import { useSyncExternalStore } from 'react'

export type ThemeChoice = 'system' | 'dark' | 'light'
export type Theme = 'dark' | 'light'

const KEY = 'millrace:theme'
const listeners = new Set<() => void>()
const prefersLight = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: light)') : null

function readChoice(): ThemeChoice {
  try {
    const text = localStorage.getItem(KEY)
    return text === 'dark' || text === 'light' ? text : 'system'
  } catch {
    return 'system'
  }
}

let choice: ThemeChoice = 'system'

export function themeChoice(): ThemeChoice {
  return choice
}

export function currentTheme(): Theme {
  return choice === 'system' ? (prefersLight?.matches ? 'light' : 'dark') : choice
}

/** Before the first paint: the theme belongs to this screen, so it is kept in the browser, not in the workspace. */
export function startTheme(): void {
  choice = readChoice()
  prefersLight?.addEventListener('change', apply)
  apply()
}

export function setThemeChoice(next: ThemeChoice): void {
  choice = next
  try {
    localStorage.setItem(KEY, next)
  } catch {
    // A browser without storage forgets it with the window.
  }
  apply()
}

function apply(): void {
  document.documentElement.dataset.theme = currentTheme()
  for (const listener of listeners) listener()
}

/** The theme in effect, for canvases and editors that paint by themselves. */
export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, currentTheme)
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, themeChoice)
}

/** The value of a colour token now, such as `--cat-1`, for what cannot take a CSS variable. */
export function tokenValue(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}
