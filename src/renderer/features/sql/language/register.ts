import type { editor, languages, Position } from 'monaco-editor/editor/editor.api'
import { KEYWORDS, SQL_FUNCTIONS } from '../model/functions.ts'
import { DIALECTS, type Dialect } from '../model/header.ts'
import { tokens } from '../model/tokens.ts'
import { around, complete, findFunction, type Suggestion, signature } from './complete.ts'
import { hoverName, hoverRows } from './hover.ts'
import { innerLenses, registerInner, renaming } from './inner.ts'
import { headerOfModel, schemaFor } from './models.ts'

type Monaco = typeof import('monaco-editor/editor/editor.api')
type Model = editor.ITextModel

export const languageOf = (engine: Dialect) => `millrace-${engine}`

let registered = false

/** Teaches Monaco the dialects, once. */
export function registerLanguages(monaco: Monaco): void {
  if (registered) return
  registered = true
  registerInner(monaco)
  for (const engine of DIALECTS) {
    const id = languageOf(engine)
    monaco.languages.register({ id })
    monaco.languages.setLanguageConfiguration(id, CONFIGURATION)
    // Compiled when the dialect is first shown, in a task of its own.
    monaco.languages.registerTokensProviderFactory(id, { create: () => aTaskLater(grammar(engine)) })
    monaco.languages.registerCompletionItemProvider(id, completion(monaco, engine))
    // What is known shows at once, above the rows, which come when the engine has them: Monaco puts the last provider first.
    monaco.languages.registerHoverProvider(id, { provideHover: (model, at, token) => hoverRows(model, at, token) })
    monaco.languages.registerHoverProvider(id, { provideHover: (model, at) => hoverName(engine, model, at) })
    monaco.languages.registerCodeLensProvider(id, innerLenses(monaco, engine))
    monaco.languages.registerRenameProvider(id, renaming(monaco, engine))
    monaco.languages.registerSignatureHelpProvider(id, {
      signatureHelpTriggerCharacters: ['(', ','],
      provideSignatureHelp: (model, position) => signatureHelp(engine, model, position),
    })
  }
}

const aTaskLater = <T>(value: T) => new Promise<T>((resolve) => setTimeout(resolve, 0, value))

const CONFIGURATION: languages.LanguageConfiguration = {
  comments: { lineComment: '--', blockComment: ['/*', '*/'] },
  brackets: [
    ['(', ')'],
    ['[', ']'],
  ],
  autoClosingPairs: [
    { open: '(', close: ')' },
    { open: '[', close: ']' },
    { open: "'", close: "'", notIn: ['string', 'comment'] },
    { open: '"', close: '"', notIn: ['string', 'comment'] },
  ],
  surroundingPairs: [
    { open: '(', close: ')' },
    { open: "'", close: "'" },
    { open: '"', close: '"' },
  ],
}

/** A backslash takes the quote behind it with it, but in a raw text. */
const SPARK_QUOTES = [
  [/r'/, 'string', '@raw'],
  [/r"[^"]*"/, 'string'],
  [/"(?:[^"\\]|\\.)*"/, 'string'],
]
const ESCAPING_STRING = [
  [/[^'\\]+/, 'string'],
  [/\\(?:.|$)/, 'string'],
]

function grammar(engine: Dialect): languages.IMonarchLanguage {
  return {
    ignoreCase: true,
    keywords: KEYWORDS[engine],
    functions: SQL_FUNCTIONS[engine].map(({ name }) => name),
    tokenizer: {
      root: [
        [/--.*$/, 'comment'],
        [/\/\*/, 'comment', '@comment'],
        ...(engine === 'spark' ? SPARK_QUOTES : [[/"(?:[^"]|"")*"/, 'identifier']]),
        [/'/, 'string', '@string'],
        [/`(?:[^`]|``)*`/, 'identifier'],
        [/::/, 'operator'],
        [/:[a-z_]\w*/, 'variable'],
        [/(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?/, 'number'],
        [
          /[a-z_]\w*(?=\s*\()/,
          { cases: { '@functions': 'predefined', '@keywords': 'keyword', '@default': 'identifier' } },
        ],
        [/[a-z_]\w*/, { cases: { '@keywords': 'keyword', '@default': 'identifier' } }],
        [/[()[\]]/, '@brackets'],
        [/[<>=!|+\-*/%]+/, 'operator'],
        [/[;,.]/, 'delimiter'],
      ],
      comment: [
        [/[^*]+/, 'comment'],
        [/\*\//, 'comment', '@pop'],
        [/\*/, 'comment'],
      ],
      string: [
        ...(engine === 'spark' || engine === 'warehouse' ? ESCAPING_STRING : [[/[^']+/, 'string']]),
        [/''/, 'string'],
        [/'/, 'string', '@pop'],
      ],
      raw: [
        [/[^']+/, 'string'],
        [/'/, 'string', '@pop'],
      ],
    },
  } as languages.IMonarchLanguage
}

function completion(monaco: Monaco, engine: Dialect): languages.CompletionItemProvider {
  const kinds = monaco.languages.CompletionItemKind
  const kindOf: Record<Suggestion['kind'], languages.CompletionItemKind> = {
    column: kinds.Field,
    table: kinds.Struct,
    view: kinds.Interface,
    database: kinds.Module,
    cte: kinds.Variable,
    alias: kinds.Variable,
    function: kinds.Function,
    keyword: kinds.Keyword,
    snippet: kinds.Snippet,
  }
  return {
    triggerCharacters: ['.'],
    provideCompletionItems(model, position) {
      const header = headerOfModel(model, engine)
      const word = model.getWordUntilPosition(position)
      const range = new monaco.Range(position.lineNumber, word.startColumn, position.lineNumber, word.endColumn)
      const text = model.getValue()
      const { items, incomplete } = complete(text, model.getOffsetAt(position), header, schemaFor(header, text))
      return {
        incomplete,
        suggestions: items.map((item) => ({
          label: { label: item.label, ...(item.detail && { description: item.detail }) },
          kind: kindOf[item.kind],
          insertText: item.insert,
          filterText: item.filter ?? item.label,
          sortText: `${item.rank}${item.label.toLowerCase()}`,
          range,
          ...(item.about && { documentation: item.about }),
          ...(item.snippet && { insertTextRules: monaco.languages.CompletionItemInsertTextRule.InsertAsSnippet }),
        })),
      }
    },
  }
}

function signatureHelp(engine: Dialect, model: Model, position: Position): languages.SignatureHelpResult | null {
  const { sql, offset } = around(model.getValue(), model.getOffsetAt(position), engine)
  const before = tokens(sql.slice(0, offset), engine)
  let depth = 0
  let commas = 0
  for (let at = before.length - 1; at >= 0; at--) {
    const { kind, text } = before[at]
    if (kind !== 'mark') continue
    if (text === ')') depth++
    else if (text === ',' && depth === 0) commas++
    else if (text === '(' && depth-- === 0) {
      const fn = at > 0 ? findFunction(SQL_FUNCTIONS[engine], before[at - 1].text) : undefined
      if (!fn) return null
      return {
        value: {
          activeSignature: 0,
          activeParameter: Math.min(commas, Math.max(0, fn.parameters.length - 1)),
          signatures: [
            {
              label: signature(fn),
              documentation: fn.about,
              parameters: fn.parameters.map((label) => ({ label })),
            },
          ],
        },
        dispose: () => {},
      }
    }
  }
  return null
}
