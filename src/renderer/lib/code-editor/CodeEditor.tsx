import type { editor } from 'monaco-editor/editor/editor.api'
import { type ReactNode, useLayoutEffect, useRef } from 'react'
import type { MenuItem } from '../../ui/index.ts'
import { loadable } from '../loadable.tsx'
import { takePrecedence } from '../precedence.ts'

export interface Marker {
  readonly message: string
  readonly severity: 'error' | 'warning'
  /** 1-based; an absent end marks to the end of the word. */
  readonly line: number
  readonly column: number
  readonly endLine?: number | undefined
  readonly endColumn?: number | undefined
}

export interface CodeEditorProps {
  value: string
  onChange?: (value: string) => void
  /** `sql`, `javascript`, `python`, `expression`, `pipeline`, or the id of a language that the feature registered with Monaco. */
  language: string
  /** What a screen reader says of it. */
  label: string
  markers?: readonly Marker[]
  /** A field of a form: as high as its text between these numbers of lines, without line numbers. */
  lines?: { min: number; max: number }
  onBlur?: () => void
  readOnly?: boolean
  /** Ctrl+Enter. */
  onRun?: () => void
  /** Where to go, again whenever `turn` rises. */
  goto?: { line: number; column?: number; turn: number } | null
  /** Completion opens while one types. */
  suggest?: boolean
  placeholder?: string
  /** What the menu of the right button offers above Cut, Copy and Paste; the cursor is where it was opened. */
  menu?: () => readonly MenuItem[]
  /** Before anything is made: where a feature registers a language of its own. */
  onLoad?: (monaco: typeof import('monaco-editor/editor/editor.api')) => void
  /** The editor itself, for what the props do not say; what it returns runs before the editor goes. */
  onMount?: (
    editor: editor.IStandaloneCodeEditor,
    monaco: typeof import('monaco-editor/editor/editor.api'),
  ) => (() => void) | undefined
}

/** Monaco in parts, each evaluated in a task of its own: in one it would hold the page still for a third of a second. */
const PARTS = [
  () => import('./monaco/platform.ts'),
  () => import('./monaco/text.ts'),
  () => import('./monaco/view.ts'),
  () => import('./monaco/widget.ts'),
  () => import('./monaco/services.ts'),
  () => import('monaco-editor/editor/editor.api'),
  () => import('./monaco/writing.ts'),
  () => import('./monaco/reading.ts'),
  () => import('./monaco/theme.ts'),
  () => import('./monaco/languages.ts'),
]

const LoadedEditor = loadable(async () => {
  for (const part of PARTS) {
    await part()
    await new Promise((resolve) => setTimeout(resolve))
  }
  return (await import('./MonacoEditor.tsx')).default
})

/** Loads the editor for who will need it next, ahead of all else. */
export async function loadEditor(): Promise<void> {
  const loaded = takePrecedence('editor')
  try {
    await LoadedEditor.load()
  } finally {
    loaded()
  }
}

/** A window that is at rest can leave an idle callback waiting for a second. */
const REST_MS = 100

/** Has the editor ready before anybody may need it, a part whenever the window has nothing else to do. */
export async function preloadEditor(): Promise<void> {
  for (const part of PARTS) {
    await new Promise((resolve) => requestIdleCallback(resolve, { timeout: REST_MS }))
    await part()
  }
  await LoadedEditor.load()
}

/** A code editor that loads Monaco when it is first shown; `fallback` stands in its place until then. */
export function CodeEditor(props: CodeEditorProps & { fallback?: ReactNode }) {
  const shown = useRef(() => {})
  // Before the effects of what stands around it, which ask engines that would have to start.
  useLayoutEffect(() => {
    shown.current = takePrecedence('editor')
    return () => shown.current()
  }, [])
  return (
    <LoadedEditor
      {...props}
      onMount={(editor, monaco) => {
        shown.current()
        return props.onMount?.(editor, monaco)
      }}
    />
  )
}
