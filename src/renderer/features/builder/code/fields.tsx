import { type ComponentProps, Suspense, useMemo } from 'react'
import { LazyEditor } from '../../../lib/code-editor/index.ts'
import type { EditorProps } from '../../../lib/index.ts'
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

type CodeBoxProps = EditorProps & {
  language: string
  lines: { min: number; max: number }
  markers?: ComponentProps<typeof LazyEditor>['markers']
  onBlur?: () => void
}

function CodeBox({ id, value, onChange, field, invalid, language, lines, markers, onBlur }: CodeBoxProps) {
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
  return (
    <Suspense fallback={plain}>
      <div className={cx(styles.box, invalid && styles.invalid)}>
        <LazyEditor label={field.label} {...{ value, onChange, language, lines, markers, onBlur }} />
        {value === '' && field.hints.placeholder && (
          <span aria-hidden className={styles.placeholder}>
            {field.hints.placeholder}
          </span>
        )}
      </div>
    </Suspense>
  )
}
