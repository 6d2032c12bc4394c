import { loadEditor } from '../../lib/code-editor/index.ts'
import { loadable } from '../../lib/index.ts'

export const QueryView = loadable(async () => (await import('./SqlEditor.tsx')).SqlEditor)

/** For who looks at the queries: one is opened next. */
export async function loadQueryView(): Promise<void> {
  await Promise.all([loadEditor(), QueryView.load()])
}
