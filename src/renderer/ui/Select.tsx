import { Combobox as BaseCombobox } from '@base-ui/react/combobox'
import { Select as Base } from '@base-ui/react/select'
import { Check, ChevronDown } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { cx } from './cx.ts'
import styles from './Select.module.css'

export interface Option<V extends string = string> {
  value: V
  label: string
  detail?: string
  icon?: ReactNode
  disabled?: boolean
}

interface ChoiceProps {
  id?: string
  label?: string
  placeholder?: string
  disabled?: boolean
  invalid?: boolean
  className?: string
  'aria-describedby'?: string
}

/** One of a few. `label` names it for screen readers where no Field does. */
export function Select<V extends string>({
  value,
  onChange,
  options,
  id,
  label,
  placeholder = 'Choose…',
  disabled,
  invalid,
  quiet,
  className,
  ...rest
}: ChoiceProps & {
  value: V | null
  onChange: (value: V) => void
  options: readonly Option<V>[]
  /** Without a border, for toolbars. */
  quiet?: boolean
}) {
  return (
    <Base.Root
      items={options as Option<V>[]}
      value={value}
      disabled={disabled}
      onValueChange={(next) => next !== null && onChange(next)}
      modal={false}
    >
      <Base.Trigger
        id={id}
        aria-label={label}
        aria-invalid={invalid || undefined}
        {...rest}
        className={cx(styles.trigger, quiet && styles.quiet, invalid && styles.invalid, className)}
      >
        <span className={styles.value}>
          <Base.Value>{(shown: V | null) => options.find((o) => o.value === shown)?.label ?? placeholder}</Base.Value>
        </span>
        <Base.Icon className={styles.arrow}>
          <ChevronDown size={14} />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className={styles.positioner} sideOffset={4} alignItemWithTrigger={false} align="start">
          <Base.Popup className={styles.popup}>
            {options.map((option) => (
              <Base.Item
                key={option.value}
                value={option.value}
                disabled={option.disabled}
                className={styles.item}
                label={option.label}
              >
                <span className={styles.tick}>
                  <Base.ItemIndicator>
                    <Check size={14} />
                  </Base.ItemIndicator>
                </span>
                {option.icon}
                <Base.ItemText className={styles.title}>{option.label}</Base.ItemText>
                {option.detail && <span className={styles.detail}>{option.detail}</span>}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

/** One of many, found by typing. With `free`, what is typed is a value too. */
export function Combobox({
  value,
  onChange,
  options,
  free = false,
  id,
  label,
  placeholder,
  disabled,
  invalid,
  mono,
  className,
  ...rest
}: ChoiceProps & {
  value: string
  onChange: (value: string) => void
  options: readonly Option[]
  free?: boolean
  mono?: boolean
}) {
  const labelOf = (wanted: string) => options.find((option) => option.value === wanted)?.label ?? wanted
  const [typed, setTyped] = useState<string | null>(null)
  const needle = (typed ?? '').toLowerCase()
  const shown = options.filter((o) => `${o.label} ${o.value}`.toLowerCase().includes(needle))
  return (
    <BaseCombobox.Root
      items={shown.map((option) => option.value)}
      value={value === '' ? null : value}
      inputValue={typed ?? labelOf(value)}
      filter={null}
      disabled={disabled}
      itemToStringLabel={labelOf}
      onInputValueChange={(text, details) => {
        if (details.reason !== 'input-change' && details.reason !== 'input-clear') return
        setTyped(text)
        if (free) onChange(text)
      }}
      onValueChange={(next) => {
        setTyped(null)
        if (next !== null) onChange(next)
      }}
      onOpenChange={(open) => !open && setTyped(null)}
    >
      <span className={cx(styles.comboBox, className)}>
        <BaseCombobox.Input
          id={id}
          aria-label={label}
          aria-invalid={invalid || undefined}
          placeholder={placeholder}
          spellCheck={false}
          {...rest}
          className={cx(styles.trigger, styles.comboInput, mono && styles.mono, invalid && styles.invalid)}
        />
        <BaseCombobox.Trigger className={styles.comboArrow} aria-label="Show choices">
          <ChevronDown size={14} />
        </BaseCombobox.Trigger>
      </span>
      <BaseCombobox.Portal>
        <BaseCombobox.Positioner className={styles.positioner} sideOffset={4} align="start">
          <BaseCombobox.Popup className={styles.popup}>
            {shown.length === 0 && (
              <div className={styles.none}>{free && typed ? `Use “${typed}”` : 'Nothing matches'}</div>
            )}
            <BaseCombobox.List>
              {(item: string) => {
                const option = options.find((candidate) => candidate.value === item)
                return (
                  <BaseCombobox.Item key={item} value={item} className={styles.item}>
                    <span className={styles.tick}>
                      <BaseCombobox.ItemIndicator>
                        <Check size={14} />
                      </BaseCombobox.ItemIndicator>
                    </span>
                    {option?.icon}
                    <span className={styles.title}>{option?.label ?? item}</span>
                    {option?.detail && <span className={styles.detail}>{option.detail}</span>}
                  </BaseCombobox.Item>
                )
              }}
            </BaseCombobox.List>
          </BaseCombobox.Popup>
        </BaseCombobox.Positioner>
      </BaseCombobox.Portal>
    </BaseCombobox.Root>
  )
}
