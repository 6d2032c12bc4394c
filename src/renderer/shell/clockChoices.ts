import type { ClockSettings } from '../../engines/kit/pure/clock.ts'

export const CLOCK_CHOICES = [
  { value: 'real', label: 'Real time' },
  { value: '1', label: '1×', detail: 'virtual' },
  { value: '60', label: '60×', detail: 'virtual' },
  { value: '3600', label: '3600×', detail: 'virtual' },
  { value: 'fastest', label: 'As fast as possible', detail: 'virtual' },
] as const

export type ClockChoice = (typeof CLOCK_CHOICES)[number]['value']

/** The choice that stands for these settings; a speed set elsewhere shows as none of them. */
export function clockChoiceOf({ mode, speed }: ClockSettings): ClockChoice | null {
  if (mode === 'real') return 'real'
  if (speed === null) return 'fastest'
  return CLOCK_CHOICES.find(({ value }) => value === String(speed))?.value ?? null
}

export function settingsOf(choice: ClockChoice): Partial<ClockSettings> {
  if (choice === 'real') return { mode: 'real', paused: false }
  return { mode: 'virtual', speed: choice === 'fastest' ? null : Number(choice) }
}
