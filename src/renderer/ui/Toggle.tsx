import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox'
import { Switch as BaseSwitch } from '@base-ui/react/switch'
import { Check, Minus } from 'lucide-react'
import type { ReactNode } from 'react'
import styles from './Toggle.module.css'

interface ToggleProps {
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
  id?: string
  label?: string
  'aria-describedby'?: string
}

/** With children it is a whole line that can be clicked; without, `label` names it. */
export function Checkbox({
  checked,
  onChange,
  indeterminate,
  label,
  children,
  ...rest
}: ToggleProps & { indeterminate?: boolean; children?: ReactNode }) {
  const box = (
    <BaseCheckbox.Root
      {...rest}
      checked={checked}
      indeterminate={indeterminate}
      onCheckedChange={onChange}
      aria-label={label}
      className={styles.box}
    >
      <BaseCheckbox.Indicator className={styles.tick}>
        {indeterminate ? <Minus size={12} strokeWidth={3} /> : <Check size={12} strokeWidth={3} />}
      </BaseCheckbox.Indicator>
    </BaseCheckbox.Root>
  )
  if (children === undefined) return box
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the checkbox inside
    <label className={styles.line}>
      {box}
      <span>{children}</span>
    </label>
  )
}

/** As a checkbox: with children a whole line. */
export function Switch({ checked, onChange, label, children, ...rest }: ToggleProps & { children?: string }) {
  const track = (
    <BaseSwitch.Root
      {...rest}
      checked={checked}
      onCheckedChange={onChange}
      aria-label={label ?? children}
      className={styles.track}
    >
      <BaseSwitch.Thumb className={styles.thumb} />
    </BaseSwitch.Root>
  )
  if (children === undefined) return track
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the switch inside
    <label className={styles.line}>
      {track}
      {children}
    </label>
  )
}
