import { useMemo } from 'react'
import { CodeEditor, type CodeEditorProps, loadEditor } from '../../../lib/code-editor/index.ts'
import { type EditorProps, loadable } from '../../../lib/index.ts'
import { cx, TextArea } from '../../../ui/index.ts'
import { expressionProblems } from '../model/condition.ts'
import styles from './fields.module.css'

/** The fields of a form that hold code. Until the editor has been loaded they are plain boxes that can be typed into. */
export function ExpressionField(props: EditorProps & { columns?: readonly string[]; onBlur?: () => void }) {
  const problems = useMemo(() => expressionProblems(props.value, props.columns), [props.value, props.columns])
  const markers = useMemo(
    () =>
      problems.map(({ message, at }) => ({
        message,
        severity: 'error' as const,
        line: at?.line ?? 1,
        column: at?.column ?? 1,
        endLine: at?.endLine,
        endColumn: at?.endColumn,
      })),
    [problems],
  )
  const first = problems[0]
  return (
    <>
      <CodeBox
        {...props}
        language="expression"
        markers={markers}
        lines={{ min: 1, max: 8 }}
        invalid={props.invalid || first !== undefined}
      />
      {first && (
        <p role="alert" className={styles.error}>
          {first.at?.line !== undefined &&
            `${first.at.line > 1 ? `line ${first.at.line}, ` : ''}column ${first.at.column}: `}
          {first.message}
        </p>
      )}
    </>
  )
}

export function SqlField(props: EditorProps) {
  return <CodeBox {...props} language="sql" lines={{ min: 4, max: 18 }} />
}

export function JavaScriptField(props: EditorProps) {
  return <CodeBox {...props} language="javascript" lines={{ min: 6, max: 24 }} />
}

type CodeBoxProps = EditorProps &
  Pick<CodeEditorProps, 'language' | 'markers' | 'onBlur'> & { lines: { min: number; max: number } }

function CodeBox(props: CodeBoxProps) {
  const { id, value, onChange, field, invalid, lines, onBlur } = props
  const plain = (
    <TextArea
      id={id}
      mono
      invalid={invalid}
      rows={lines.min}
      placeholder={field.hints.placeholder}
      value={value}
      onChange={onChange}
      onBlur={onBlur}
    />
  )
  return <EditorBox {...props} fallback={plain} />
}

const EditorBox = loadable(async () => {
  await loadEditor()
  return Box
})

function Box({ value, onChange, field, invalid, language, lines, markers, onBlur }: CodeBoxProps) {
  const { placeholder } = field.hints
  return (
    <div className={cx(styles.box, invalid && styles.invalid)}>
      <CodeEditor label={field.label} {...{ value, onChange, language, lines, markers, onBlur, placeholder }} />
    </div>
  )
}
