import * as monaco from 'monaco-editor/editor/editor.api'

interface Item {
  /** What of the text it was found for. */
  readonly word?: string
  readonly textLabel: string
  readonly completion: Pick<monaco.languages.CompletionItem, 'kind' | 'filterText'>
}

interface SuggestController extends monaco.editor.IEditorContribution {
  readonly widget: { readonly value: { getFocusedItem(): { readonly item: Item } | undefined } }
  registerSelector(selector: {
    priority: number
    select(model: unknown, position: unknown, items: readonly Item[]): number
  }): monaco.IDisposable
  cancelSuggestWidget(): void
}

/**
 * Enter behind a word that is whole ends the line, in the letters that were typed: a suggestion of that very word comes first in the list and
 * is taken by Tab or a click alone. An abbreviation is typed for what it stands for, so Enter takes it.
 */
export function endLinesByEnter(editor: monaco.editor.IStandaloneCodeEditor): monaco.IDisposable {
  const controller = editor.getContribution<SuggestController>('editor.contrib.suggestController')
  if (!controller) return { dispose: () => {} }
  const isTyped = ({ word = '', textLabel, completion: { kind, filterText = textLabel } }: Item) =>
    word.toLowerCase() === filterText.toLowerCase() && kind !== monaco.languages.CompletionItemKind.Snippet
  controller.registerSelector({ priority: 1, select: (_model, _position, items) => items.findIndex(isTyped) })
  return editor.addAction({
    id: 'millrace.enter',
    label: 'Take the suggestion, or begin a line',
    keybindings: [monaco.KeyCode.Enter],
    keybindingContext: 'suggestWidgetVisible && suggestWidgetHasFocusedSuggestion && textInputFocus',
    run: () => {
      const focused = controller.widget.value.getFocusedItem()
      if (focused && !isTyped(focused.item)) return editor.trigger('keyboard', 'acceptSelectedSuggestion', null)
      controller.cancelSuggestWidget()
      editor.trigger('keyboard', 'type', { text: '\n' })
    },
  })
}
