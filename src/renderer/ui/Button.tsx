import type { ComponentPropsWithRef, ReactNode } from 'react'
import styles from './Button.module.css'
import { cx } from './cx.ts'
import { Spinner } from './Spinner.tsx'
import { Tooltip } from './Tooltip.tsx'

export interface ButtonProps extends ComponentPropsWithRef<'button'> {
  variant?: 'default' | 'primary' | 'danger' | 'ghost'
  size?: 'm' | 's'
  icon?: ReactNode
  /** Work started by this button is under way: it says so and cannot be pressed again. */
  pending?: boolean
}

export function Button({
  variant = 'default',
  size = 'm',
  icon,
  pending = false,
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || pending}
      aria-busy={pending || undefined}
      className={cx(styles.button, styles[variant], size === 's' && styles.small, className)}
    >
      {pending ? <Spinner size={14} immediate /> : icon}
      {children !== undefined && <span className={styles.text}>{children}</span>}
    </button>
  )
}

export interface IconButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'children'> {
  icon: ReactNode
  /** Names the command: it is the tooltip and what a screen reader says. */
  label: string
  shortcut?: string
  /** For buttons that switch something on. */
  pressed?: boolean
  size?: 'm' | 's'
  tooltipSide?: 'top' | 'right' | 'bottom' | 'left'
}

export function IconButton({
  icon,
  label,
  shortcut,
  pressed,
  size = 'm',
  tooltipSide = 'bottom',
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip label={label} shortcut={shortcut} side={tooltipSide}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={pressed}
        {...rest}
        className={cx(styles.icon, size === 's' && styles.iconSmall, pressed && styles.pressed, className)}
      >
        {icon}
      </button>
    </Tooltip>
  )
}

/** What can be done with the things said above it, side by side; nothing where nothing can. */
export function Buttons({ children }: { children: ReactNode }) {
  return <div className={styles.buttons}>{children}</div>
}
