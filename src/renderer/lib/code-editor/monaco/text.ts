/** The text of an editor, and what is drawn in it. */
import 'monaco-editor/editor/common/model/textModel.js'
