import type { editor, languages, Position } from 'monaco-editor/editor/editor.api'
import { KEYWORDS, SQL_FUNCTIONS } from '../model/functions.ts'
import type { Engine, Header } from '../model/header.ts'
import { scopeAt, sourcesOf } from '../model/scope.ts'
import { tokens } from '../model/tokens.ts'
import { findTable, type SchemaTable, useSchemas } from '../schema.ts'
import { around, columnsOf, complete, findFunction, type Suggestion, signature } from './complete.ts'

type Monaco = typeof import('monaco-editor/editor/editor.api')
type Model = editor.ITextModel

export const languageOf = (engine: Engine) => `millrace-${engine}`

/** What the header of a model's text says: completion of one tab must not see the database of another. */
const headers = new WeakMap<Model, () => Header>()

export function describeModel(model: Model, header: () => Header): void {
  headers.set(model, header)
}

let registered = false

/** Teaches Monaco both dialects, once. */
export function registerLanguages(monaco: Monaco): void {
  if (registered) return
  registered = true
  for (const engine of ['athena', 'warehouse'] as const) {
    const id = languageOf(engine)
    monaco.languages.register({ id })
    monaco.languages.setLanguageConfiguration(id, CONFIGURATION)
    monaco.languages.setMonarchTokensProvider(id, grammar(engine))
    monaco.languages.registerCompletionItemProvider(id, completion(monaco, engine))
    monaco.languages.registerHoverProvider(id, { provideHover: (model, position) => hover(engine, model, position) })
    monaco.languages.registerSignatureHelpProvider(id, {
      signatureHelpTriggerCharacters: ['(', ','],
      provideSignatureHelp: (model, position) => signatureHelp(engine, model, position),
    })
  }
}

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

function grammar(engine: Engine): languages.IMonarchLanguage {
  return {
    ignoreCase: true,
    keywords: KEYWORDS[engine],
    functions: SQL_FUNCTIONS[engine].map(({ name }) => name),
    tokenizer: {
      root: [
        [/--.*$/, 'comment'],
        [/\/\*/, 'comment', '@comment'],
        [/'/, 'string', '@string'],
        [/"(?:[^"]|"")*"/, 'identifier'],
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
        [/[^']+/, 'string'],
        [/''/, 'string'],
        [/'/, 'string', '@pop'],
      ],
    },
  } as languages.IMonarchLanguage
}

function completion(monaco: Monaco, engine: Engine): languages.CompletionItemProvider {
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
      const header = headers.get(model)?.() ?? { engine }
      const word = model.getWordUntilPosition(position)
      const range = new monaco.Range(position.lineNumber, word.startColumn, position.lineNumber, word.endColumn)
      const items = complete(model.getValue(), model.getOffsetAt(position), header, useSchemas.getState()[engine])
      return {
        suggestions: items.map((item) => ({
          label: { label: item.label, ...(item.detail && { description: item.detail }) },
          kind: kindOf[item.kind],
          insertText: item.insert,
          filterText: item.label,
          sortText: `${item.rank}${item.label.toLowerCase()}`,
          range,
          ...(item.about && { documentation: item.about }),
          ...(item.snippet && { insertTextRules: monaco.languages.CompletionItemInsertTextRule.InsertAsSnippet }),
        })),
      }
    },
  }
}

/** What the word under a position names: a table of the catalog or a common table expression of the same statement. */
export function namedAt(
  model: Model,
  position: Position,
  header: Header,
): { table?: SchemaTable; cte?: { name: string; offset: number } } {
  const { sql, start, offset } = around(model.getValue(), model.getOffsetAt(position))
  const list = tokens(sql)
  const at = list.findIndex((t) => t.start <= offset && offset <= t.end && (t.kind === 'word' || t.kind === 'quoted'))
  if (at < 0) return {}
  const { sources, ctes } = sourcesOf(sql)
  const text = list[at].text
  const cte = ctes.has(text.toLowerCase())
    ? list.find((t, i) => t.text.toLowerCase() === text.toLowerCase() && /^as$|^\($/i.test(list[i + 1]?.text ?? ''))
    : undefined
  if (cte) return { cte: { name: text, offset: start + cte.start } }
  const owner = list[at - 1]?.text === '.' ? list[at - 2]?.text : undefined
  const source = sources.find(
    ({ alias, name }) =>
      (name.at(-1)?.toLowerCase() === text.toLowerCase() && (owner === undefined || name.at(-2) === owner)) ||
      (owner === undefined && alias.toLowerCase() === text.toLowerCase() && name.length > 0),
  )
  const table = source && findTable(useSchemas.getState()[header.engine], source.name, header.database)
  return table ? { table } : {}
}

function hover(engine: Engine, model: Model, position: Position): languages.Hover | null {
  const header = headers.get(model)?.() ?? { engine }
  const word = model.getWordAtPosition(position)
  if (!word) return null
  const { table, cte } = namedAt(model, position, header)
  if (table) return markdown(tableCard(table))
  const { sql, offset } = around(model.getValue(), model.getOffsetAt(position))
  const scope = scopeAt(sql, offset)
  const schema = useSchemas.getState()[engine]
  if (cte) {
    const columns = columnsOf({ alias: cte.name, name: [cte.name] }, scope.ctes, schema, header.database)
    return markdown(
      `**${cte.name}** — common table expression\n\n${columns.map(({ name }) => `\`${name}\``).join(', ')}`,
    )
  }
  for (const source of scope.sources) {
    const column = columnsOf(source, scope.ctes, schema, header.database).find(
      ({ name }) => name.toLowerCase() === word.word.toLowerCase(),
    )
    if (column)
      return markdown(
        `**${column.name}** ${column.type && `\`${column.type}\``} — ${source.alias}${column.partition ? ', partition key' : ''}${column.comment ? `\n\n${column.comment}` : ''}`,
      )
  }
  const fn = findFunction(SQL_FUNCTIONS[engine], word.word)
  return fn ? markdown(`\`${signature(fn)}\` → ${fn.returns}\n\n${fn.about}`) : null
}

function tableCard({ database, name, detail, rows, columns, tooltip }: SchemaTable): string {
  const shown = columns.slice(0, 40)
  return [
    `**${database}.${name}** ${detail}${rows === undefined ? '' : `${rows.toLocaleString()} rows`}`,
    ...(tooltip ? [tooltip] : []),
    `| Column | Type |\n|:--|:--|\n${shown
      .map((column) => `| ${column.name}${column.partition ? ' (partition)' : ''} | \`${column.type}\` |`)
      .join('\n')}`,
    ...(columns.length > shown.length ? [`and ${columns.length - shown.length} more`] : []),
  ].join('\n\n')
}

function markdown(value: string): languages.Hover {
  return { contents: [{ value }] }
}

function signatureHelp(engine: Engine, model: Model, position: Position): languages.SignatureHelpResult | null {
  const { sql, offset } = around(model.getValue(), model.getOffsetAt(position))
  const before = tokens(sql.slice(0, offset))
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
