import * as monaco from 'monaco-editor/editor/editor.api'
import 'monaco-editor/languages/definitions/sql/register'
import 'monaco-editor/languages/definitions/javascript/register'
import { FUNCTIONS, KEYWORDS } from '../../../../engines/kit/pure/expr/index.ts'
import { currentTheme } from '../../../lib/theme.ts'

self.MonacoEnvironment ??= {
  getWorker: () => new Worker(new URL('./editor-worker.ts', import.meta.url), { type: 'module' }),
}

const PIPELINE = 'millrace-pipeline'
export const EXPRESSION = 'millrace-expression'

monaco.languages.register({ id: PIPELINE })
monaco.languages.setMonarchTokensProvider(PIPELINE, {
  tokenizer: {
    root: [
      [/"(?:[^"\\]|\\.)*"(?=\s*:)/, 'type'],
      [/"(?:[^"\\]|\\.)*"/, 'string'],
      [/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/, 'number'],
      [/\b(?:true|false|null)\b/, 'keyword'],
      [/[{}[\]]/, '@brackets'],
    ],
  },
})
monaco.languages.setLanguageConfiguration(PIPELINE, {
  brackets: [
    ['{', '}'],
    ['[', ']'],
  ],
  autoClosingPairs: [
    { open: '{', close: '}' },
    { open: '[', close: ']' },
    { open: '"', close: '"', notIn: ['string'] },
  ],
})

monaco.languages.register({ id: EXPRESSION })
monaco.languages.setMonarchTokensProvider(EXPRESSION, {
  ignoreCase: true,
  keywords: [...KEYWORDS],
  functions: FUNCTIONS.map((f) => f.name),
  tokenizer: {
    root: [
      [/'(?:[^']|'')*'/, 'string'],
      [/"[^"]*"/, 'variable'],
      [/\d+(?:\.\d+)?(?:e[+-]?\d+)?/, 'number'],
      [/[a-z_]\w*/, { cases: { '@keywords': 'keyword', '@functions': 'predefined', '@default': 'identifier' } }],
      [/[<>=!|+\-*/%]+/, 'operator'],
    ],
  },
})
monaco.languages.registerCompletionItemProvider(EXPRESSION, {
  provideCompletionItems(model, position) {
    const word = model.getWordUntilPosition(position)
    const range = new monaco.Range(position.lineNumber, word.startColumn, position.lineNumber, word.endColumn)
    return {
      suggestions: FUNCTIONS.map((f) => ({
        label: f.name,
        kind: monaco.languages.CompletionItemKind.Function,
        detail: f.signature,
        insertText: `${f.name}($0)`,
        insertTextRules: monaco.languages.CompletionItemInsertTextRule.InsertAsSnippet,
        range,
      })),
    }
  },
})

/** Languages of fields, by the editor that their hints name. */
export const LANGUAGES: Record<string, string> = {
  sql: 'sql',
  javascript: 'javascript',
  expression: EXPRESSION,
  pipeline: PIPELINE,
}

/** Monaco paints by itself: its themes take their colours from the tokens. */
export function applyTheme(): void {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const token = (name: string) => color(name).replace('#', '')
  const dark = currentTheme() === 'dark'
  monaco.editor.defineTheme('millrace-fields', {
    base: dark ? 'vs-dark' : 'vs',
    inherit: true,
    rules: [
      { token: '', foreground: token('--text') },
      { token: 'keyword', foreground: token('--cat-6') },
      { token: 'predefined', foreground: token('--cat-8') },
      { token: 'string', foreground: token('--cat-3') },
      { token: 'string.sql', foreground: token('--cat-3') },
      { token: 'number', foreground: token('--cat-2') },
      { token: 'type', foreground: token('--cat-1') },
      { token: 'comment', foreground: token('--text-3') },
      { token: 'operator', foreground: token('--text-2') },
    ],
    colors: {
      'editor.background': color('--input'),
      'editor.foreground': color('--text'),
      'editorLineNumber.foreground': color('--text-3'),
      'editor.lineHighlightBackground': color('--hover'),
      'editor.lineHighlightBorder': '#00000000',
      'editor.selectionBackground': color('--selected'),
      'editorError.foreground': color('--red'),
      'editorWarning.foreground': color('--amber'),
      'editorWidget.background': color('--raised'),
      'editorWidget.border': color('--line-strong'),
      'editorCursor.foreground': color('--accent'),
      focusBorder: color('--focus'),
    },
  })
  monaco.editor.setTheme('millrace-fields')
}

export { monaco }
