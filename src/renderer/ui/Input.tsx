import { Search, X } from 'lucide-react'
import { type ComponentPropsWithRef, type ReactNode, useEffect, useId, useState } from 'react'
import { cx } from './cx.ts'
import styles from './Input.module.css'

interface InputExtras {
  /** Shown inside, after the text: a unit. */
  unit?: string
  icon?: ReactNode
  mono?: boolean
  invalid?: boolean
}

export type InputProps = Omit<ComponentPropsWithRef<'input'>, 'onChange' | 'value'> &
  InputExtras & { value: string; onChange: (value: string) => void }

export function Input({ unit, icon, mono, invalid, className, onChange, ...rest }: InputProps) {
  return (
    <span className={cx(styles.box, invalid && styles.invalid, rest.disabled && styles.disabled, className)}>
      {icon && <span className={styles.icon}>{icon}</span>}
      <input
        spellCheck={false}
        autoComplete="off"
        {...rest}
        aria-invalid={invalid || undefined}
        className={cx(styles.input, mono && styles.mono)}
        onChange={(event) => onChange(event.target.value)}
      />
      {unit && <span className={styles.unit}>{unit}</span>}
    </span>
  )
}

export function SearchInput({ value, onChange, label, ...rest }: Omit<InputProps, 'icon'> & { label: string }) {
  return (
    <span className={styles.search}>
      <Input
        {...rest}
        type="text"
        role="searchbox"
        aria-label={label}
        placeholder={rest.placeholder ?? label}
        value={value}
        onChange={onChange}
        icon={<Search size={14} aria-hidden />}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && value !== '') {
            event.stopPropagation()
            onChange('')
          }
          rest.onKeyDown?.(event)
        }}
      />
      {value !== '' && (
        <button type="button" className={styles.clear} aria-label="Clear" onClick={() => onChange('')}>
          <X size={12} />
        </button>
      )}
    </span>
  )
}

export type TextAreaProps = Omit<ComponentPropsWithRef<'textarea'>, 'onChange' | 'value'> & {
  value: string
  onChange: (value: string) => void
  mono?: boolean
  invalid?: boolean
}

export function TextArea({ mono, invalid, className, onChange, ...rest }: TextAreaProps) {
  return (
    <textarea
      spellCheck={false}
      rows={4}
      {...rest}
      aria-invalid={invalid || undefined}
      className={cx(styles.area, mono && styles.mono, invalid && styles.invalid, className)}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

export interface NumberInputProps extends Omit<InputProps, 'value' | 'onChange' | 'min' | 'max' | 'step'> {
  value: number | null
  onChange: (value: number | null) => void
  min?: number
  max?: number
  step?: number
}

/** A number typed freely and taken when it is one; arrow keys step it. An empty field is null. */
export function NumberInput({ value, onChange, min, max, step = 1, invalid, onBlur, ...rest }: NumberInputProps) {
  const [text, setText] = useState(value === null ? '' : String(value))
  useEffect(() => {
    setText((current) => (parse(current) === value ? current : value === null ? '' : String(value)))
  }, [value])
  const parsed = parse(text)
  const bad = parsed === undefined || (parsed !== null && ((min ?? -Infinity) > parsed || (max ?? Infinity) < parsed))
  const change = (next: string) => {
    setText(next)
    const number = parse(next)
    if (number !== undefined) onChange(number)
  }
  const clamp = (number: number) => Math.min(max ?? Infinity, Math.max(min ?? -Infinity, number))
  return (
    <Input
      inputMode="decimal"
      {...rest}
      value={text}
      onChange={change}
      invalid={invalid || bad}
      className={cx(styles.number, rest.className)}
      onKeyDown={(event) => {
        const direction = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0
        if (direction !== 0 && typeof parsed === 'number') {
          event.preventDefault()
          change(String(clamp(round(parsed + direction * step * (event.shiftKey ? 10 : 1)))))
        }
        rest.onKeyDown?.(event)
      }}
      onBlur={(event) => {
        if (parsed === undefined) setText(value === null ? '' : String(value))
        onBlur?.(event)
      }}
    />
  )
}

function parse(text: string): number | null | undefined {
  const trimmed = text.trim().replaceAll(/[\s_']/g, '')
  if (trimmed === '') return null
  const number = Number(trimmed)
  return Number.isFinite(number) ? number : undefined
}

function round(value: number): number {
  return Number(value.toPrecision(12))
}

/** A label, the control, and below it the help, after what is wrong. */
export function Field({
  label,
  help,
  error,
  required,
  row = false,
  children,
}: {
  label: ReactNode
  help?: ReactNode
  error?: ReactNode
  required?: boolean
  /** Label and control side by side, for switches. */
  row?: boolean
  children: (ids: { id: string; 'aria-describedby': string | undefined; invalid: boolean }) => ReactNode
}) {
  const id = useId()
  const note = error ?? help
  return (
    <div className={cx(styles.field, row && styles.fieldRow)}>
      <label className={styles.label} htmlFor={id}>
        {label}
        {required && (
          <span className={styles.required} title="Required">
            {' '}
            *
          </span>
        )}
      </label>
      <div className={styles.control}>
        {children({ id, 'aria-describedby': note ? `${id}-note` : undefined, invalid: error !== undefined })}
      </div>
      {note && (
        <p id={`${id}-note`} className={error ? styles.error : styles.help} role={error ? 'alert' : undefined}>
          {note}
        </p>
      )}
      {error !== undefined && help && <p className={styles.help}>{help}</p>}
    </div>
  )
}

/** Fields that belong together, side by side and as wide as each other; with `pairs` two in a row, however many there are. */
export function FieldRow({ pairs = false, children }: { pairs?: boolean; children: ReactNode }) {
  return <div className={cx(styles.row, pairs && styles.pairs)}>{children}</div>
}
