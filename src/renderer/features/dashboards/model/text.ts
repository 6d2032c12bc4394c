import { DASHBOARD_FORMAT, Dashboard } from '../../../../engines/bi/dashboard.ts'
import { EngineError, type ErrorPlace } from '../../../../engines/kit/pure/errors.ts'
import { jsonErrorOffset } from '../../../../engines/kit/pure/json-place.ts'
import { findValue, lineAndColumn } from '../../../../engines/pipeline/document-text.ts'

/** The file's text: two spaces and a line feed at the end, so that version control shows small changes as small. */
export function dashboardText(document: Dashboard): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

/** Reads a dashboard file. What is damaged is named with file, line and column, so that a person can go there. */
export function parseDashboard(text: string, file: string): Dashboard {
  const value = parseJson(text, file)
  const format = (value as { format?: unknown } | null)?.format
  if (typeof format === 'number' && format > DASHBOARD_FORMAT)
    throw new EngineError(
      'UnsupportedFormat',
      `${file} has format ${format}; this Millrace reads up to ${DASHBOARD_FORMAT}. Open it with a newer Millrace.`,
      { at: placeOf(text, ['format'], file) },
    )
  const parsed = Dashboard.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const at = placeOf(text, issue.path, file)
  throw new EngineError(
    'InvalidDocument',
    `${file}, line ${at.line}, column ${at.column}: ${at.path ? `${at.path}: ` : ''}${issue.message}`,
    { at },
  )
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    const place = lineAndColumn(text, jsonErrorOffset(text) ?? text.trimEnd().length)
    const reason = (thrown instanceof Error ? thrown.message : String(thrown))
      .replace(/ in JSON at position.*$/, '')
      .replace(/ \(line \d+ column \d+\)$/, '')
    throw new EngineError(
      'InvalidDocument',
      `${file} is not valid JSON: line ${place.line}, column ${place.column}: ${reason}. Mend it there, or restore the file from version control.`,
      { at: { file, ...place } },
    )
  }
}

function placeOf(text: string, path: readonly PropertyKey[], file: string): ErrorPlace & { line: number } {
  const named = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
  return { file, ...(named && { path: named }), ...lineAndColumn(text, findValue(text, path)) }
}

export function emptyDashboard(name: string, dataSets: readonly string[] = []): Dashboard {
  return Dashboard.parse({
    format: DASHBOARD_FORMAT,
    name,
    dataSets: [...dataSets],
    sheets: [{ id: 'sheet-1', title: 'Sheet 1' }],
  })
}
