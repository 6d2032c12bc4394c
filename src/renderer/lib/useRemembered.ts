import { useCallback, useEffect, useRef, useState } from 'react'
import type { Clients } from '../../engines/contract.ts'
import { useClients } from './clients.tsx'
import { soon } from './soon.ts'

/**
 * UI state that outlives the window: kept with the workspace, and in this browser so that the first paint is right
 * already. Values are small JSON.
 */
class Memory {
  private readonly values = new Map<string, unknown>()
  private readonly listeners = new Map<string, Set<(value: unknown) => void>>()
  private readonly changed = new Set<string>()
  private readonly fetched = new Map<string, Promise<void>>()
  private scope = ''

  /** Workspaces remember apart, also where one browser shows several under one address. */
  enter(workspace: string): void {
    if (this.scope === workspace) return
    this.scope = workspace
    this.values.clear()
    this.changed.clear()
    this.fetched.clear()
  }

  private place(key: string): string {
    return `millrace:${this.scope}:${key}`
  }

  read(key: string): unknown {
    if (!this.values.has(key)) {
      try {
        const text = localStorage.getItem(this.place(key))
        if (text !== null) this.values.set(key, JSON.parse(text))
      } catch {
        // A browser without storage, or text that is not ours: as if nothing were remembered.
      }
    }
    return this.values.get(key)
  }

  /** Asks the workspace once for each key; what it knows wins over this browser, unless changed since. */
  fetch(key: string, clients: Clients): Promise<void> {
    const known = this.fetched.get(key)
    if (known) return known
    const answer = clients.workspace
      .readState({ key })
      .then(({ value }) => {
        // What the page was left with before it could be sent is newer than what the workspace has.
        if (!this.changed.has(key) && this.isUnsent(key)) return this.send(key, clients)
        if (value === null || value === undefined || this.changed.has(key)) return
        if (JSON.stringify(value) !== JSON.stringify(this.values.get(key))) this.set(key, value)
      })
      .catch(() => void this.fetched.delete(key))
    this.fetched.set(key, answer)
    return answer
  }

  write(key: string, value: unknown, clients: Clients): void {
    this.set(key, value)
    this.changed.add(key)
    this.mark(key, true)
    soon(`memory ${this.place(key)}`, 400, () => this.send(key, clients))
  }

  private send(key: string, clients: Clients): void {
    const scope = this.scope
    const value = this.read(key)
    void clients.workspace
      .writeState({ key, value })
      .then(() => {
        if (this.scope === scope && this.values.get(key) === value) this.mark(key, false)
      })
      // The workspace may be read-only or away: this browser still remembers.
      .catch(() => {})
  }

  private isUnsent(key: string): boolean {
    try {
      return localStorage.getItem(`${this.place(key)}:unsent`) !== null
    } catch {
      return false
    }
  }

  private mark(key: string, unsent: boolean): void {
    try {
      if (unsent) localStorage.setItem(`${this.place(key)}:unsent`, '')
      else localStorage.removeItem(`${this.place(key)}:unsent`)
    } catch {
      // A browser without storage knows no more than the workspace.
    }
  }

  private set(key: string, value: unknown): void {
    this.values.set(key, value)
    try {
      localStorage.setItem(this.place(key), JSON.stringify(value))
    } catch {
      // Full or forbidden: the workspace still remembers.
    }
    for (const listener of this.listeners.get(key) ?? []) listener(value)
  }

  listen(key: string, listener: (value: unknown) => void): () => void {
    const set = this.listeners.get(key) ?? new Set()
    this.listeners.set(key, set.add(listener))
    return () => void set.delete(listener)
  }
}

export const memory = new Memory()

/** What is remembered, where it has the shape of what it stands for: it may come from another version, or from a damaged file. */
export function fitting<T>(remembered: unknown, initial: T): T {
  if (remembered === undefined || remembered === null) return initial
  if (initial === undefined || initial === null) return remembered as T
  if (typeof remembered !== typeof initial || Array.isArray(remembered) !== Array.isArray(initial)) return initial
  if (typeof initial !== 'object' || Array.isArray(initial)) return remembered as T
  const fits = Object.entries(initial).every(([name, value]) => {
    const other = (remembered as Record<string, unknown>)[name]
    return value === null || value === undefined || typeof other === typeof value
  })
  return fits ? (remembered as T) : initial
}

/** Like `useState`, remembered under `key` (begin it with your feature's id). Components with one key share the value. */
export function useRemembered<T>(key: string, initial: T): [T, (next: T | ((before: T) => T)) => void] {
  const clients = useClients()
  const first = useRef(initial)
  const [value, setValue] = useState<T>(() => fitting(memory.read(key), initial))
  useEffect(() => {
    void memory.fetch(key, clients)
    setValue((before) => fitting(memory.read(key), before))
    return memory.listen(key, (next) => setValue(fitting(next, first.current)))
  }, [key, clients])
  const set = useCallback(
    (next: T | ((before: T) => T)) => {
      const before = fitting(memory.read(key), first.current)
      memory.write(key, typeof next === 'function' ? (next as (before: T) => T)(before) : next, clients)
    },
    [key, clients],
  )
  return [value, set]
}
