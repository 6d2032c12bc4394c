import * as monaco from 'monaco-editor/editor/editor.api'
import 'monaco-editor/languages/definitions/sql/register'
import 'monaco-editor/languages/definitions/javascript/register'
import 'monaco-editor/languages/definitions/python/register'
import { FUNCTIONS, KEYWORDS } from '../../../../engines/kit/pure/expr/index.ts'

const PIPELINE = 'millrace-pipeline'
const EXPRESSION = 'millrace-expression'

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

/** Names that fields use for Monaco's languages; any other name is a language of its own, registered by its feature. */
export const LANGUAGES: Readonly<Record<string, string>> = {
  sql: 'sql',
  javascript: 'javascript',
  expression: EXPRESSION,
  pipeline: PIPELINE,
}
