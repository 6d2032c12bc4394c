import * as monaco from 'monaco-editor/editor/editor.api'

self.MonacoEnvironment ??= {
  getWorker: () => new Worker(new URL('./editor-worker.ts', import.meta.url), { type: 'module' }),
}

/** Monaco paints by itself: its theme takes its colours from the tokens, anew whenever they change. */
function applyTheme(): void {
  const style = getComputedStyle(document.documentElement)
  // Six digits, as the editor wants them: a minifier may have shortened #ffffff to #fff.
  const color = (name: string) =>
    style
      .getPropertyValue(name)
      .trim()
      .replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3')
  const token = (name: string) => color(name).replace('#', '')
  const dark = document.documentElement.dataset.theme !== 'light'
  monaco.editor.defineTheme('millrace', {
    base: dark ? 'vs-dark' : 'vs',
    inherit: true,
    rules: [
      { token: '', foreground: token('--text') },
      { token: 'keyword', foreground: token('--cat-6') },
      { token: 'predefined', foreground: token('--cat-8') },
      { token: 'predefined.sql', foreground: token('--cat-8') },
      { token: 'string', foreground: token('--cat-3') },
      { token: 'string.sql', foreground: token('--cat-3') },
      { token: 'number', foreground: token('--cat-2') },
      { token: 'type', foreground: token('--cat-1') },
      { token: 'variable', foreground: token('--cat-4') },
      { token: 'comment', foreground: token('--text-3') },
      { token: 'operator', foreground: token('--text-2') },
      { token: 'operator.sql', foreground: token('--text-2') },
    ],
    colors: {
      'editorLink.activeForeground': color('--accent'),
      'editor.background': color('--input'),
      'editor.foreground': color('--text'),
      'editor.placeholder.foreground': color('--text-2'),
      'editorLineNumber.foreground': color('--text-3'),
      'editorLineNumber.activeForeground': color('--text'),
      'editor.lineHighlightBackground': color('--hover'),
      'editor.lineHighlightBorder': '#00000000',
      'editor.selectionBackground': color('--selected'),
      'editorError.foreground': color('--red'),
      'editorWarning.foreground': color('--amber'),
      'editorGutter.background': color('--input'),
      'editorWidget.background': color('--raised'),
      'editorWidget.foreground': color('--text'),
      'editorWidget.border': color('--line-strong'),
      'editorHoverWidget.background': color('--raised'),
      'editorHoverWidget.foreground': color('--text'),
      'editorHoverWidget.border': color('--line-strong'),
      'editorSuggestWidget.background': color('--raised'),
      'editorSuggestWidget.foreground': color('--text'),
      'editorSuggestWidget.border': color('--line-strong'),
      'editorSuggestWidget.selectedBackground': color('--selected'),
      'editorSuggestWidget.selectedForeground': color('--text'),
      'editorSuggestWidget.highlightForeground': color('--accent'),
      'editorSuggestWidget.focusHighlightForeground': color('--accent'),
      'editorCursor.foreground': color('--accent'),
      'menu.background': color('--raised'),
      'menu.foreground': color('--text'),
      'menu.selectionBackground': color('--selected'),
      'menu.selectionForeground': color('--text'),
      'input.background': color('--input'),
      'input.foreground': color('--text'),
      'input.border': color('--control-line'),
      'widget.shadow': '#00000040',
      'widget.border': color('--line-strong'),
      'list.hoverBackground': color('--hover'),
      focusBorder: color('--focus'),
    },
  })
  monaco.editor.setTheme('millrace')
}

applyTheme()
// The editor's sheet of colours comes with its first element, and the page is styled anew for it: in a frame of its own, not while an editor is made.
void monaco.editor.colorizeElement(document.createElement('div'), { mimeType: 'text/plain', theme: 'millrace' })
new MutationObserver(applyTheme).observe(document.documentElement, { attributeFilter: ['data-theme'] })
