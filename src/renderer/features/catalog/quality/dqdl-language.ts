import type { editor, languages } from 'monaco-editor/editor/editor.api'
import { RULE_TYPES, type RuleType } from '../../../../engines/quality/dqdl/rule-types.ts'

type Monaco = typeof import('monaco-editor/editor/editor.api')

export const DQDL = 'millrace-dqdl'

/** Columns of the table that a text is about, by its model. */
const columns = new WeakMap<editor.ITextModel, readonly string[]>()
let registered = false

/** Teaches Monaco DQDL, once, and tells it the columns of one text. */
export function teachDqdl(monaco: Monaco, model: editor.ITextModel, names: readonly string[]): void {
  columns.set(model, names)
  if (registered) return
  registered = true
  monaco.languages.register({ id: DQDL })
  monaco.languages.setLanguageConfiguration(DQDL, {
    comments: { lineComment: '#' },
    brackets: [
      ['[', ']'],
      ['(', ')'],
    ],
    autoClosingPairs: [
      { open: '(', close: ')' },
      { open: '"', close: '"', notIn: ['string', 'comment'] },
    ],
  })
  monaco.languages.setMonarchTokensProvider(DQDL, {
    types: Object.keys(RULE_TYPES),
    keywords: ['Rules', 'Analyzers', ...WORDS],
    tokenizer: {
      root: [
        [/#.*/, 'comment'],
        [/"(?:[^"\\]|\\.)*"/, 'string'],
        [/-?\d+(?:\.\d+)?/, 'number'],
        [/[A-Za-z_]\w*/, { cases: { '@types': 'type', '@keywords': 'keyword', '@default': 'identifier' } }],
        [/[<>=!]+/, 'operator'],
        [/[[\]()]/, '@brackets'],
      ],
    },
  })
  monaco.languages.registerCompletionItemProvider(DQDL, {
    triggerCharacters: ['"'],
    provideCompletionItems: (model, position) => ({ suggestions: suggestions(monaco, model, position) }),
  })
}

const WORDS = [
  ...['and', 'or', 'not', 'in', 'between', 'matches', 'where', 'with', 'threshold', 'now', 'days', 'hours', 'minutes'],
  ...['NULL', 'EMPTY', 'WHITESPACES_ONLY'],
]

/** Columns within quotes; rule types where a rule begins, words behind. */
function suggestions(
  monaco: Monaco,
  model: editor.ITextModel,
  position: { lineNumber: number; column: number },
): languages.CompletionItem[] {
  const { CompletionItemKind: kinds, CompletionItemInsertTextRule: rules } = monaco.languages
  const before = model.getLineContent(position.lineNumber).slice(0, position.column - 1)
  const word = model.getWordUntilPosition(position)
  const range = new monaco.Range(position.lineNumber, word.startColumn, position.lineNumber, word.endColumn)
  if ((before.replaceAll('\\"', '').match(/"/g) ?? []).length % 2 === 1)
    return (columns.get(model) ?? []).map((name) => ({ label: name, kind: kinds.Field, insertText: name, range }))
  if (!/(^|[[(,])\s*\w*$/.test(before))
    return WORDS.map((label) => ({ label, kind: kinds.Keyword, insertText: label, range }))
  return Object.entries<RuleType>(RULE_TYPES).map(([label, type]) => ({
    label,
    kind: kinds.Function,
    detail: type.tests,
    insertText: `${label}${type.parameters.map((_, i) => ` "$${i + 1}"`).join('')}`,
    insertTextRules: rules.InsertAsSnippet,
    range,
  }))
}
