import type { ClockSettings } from '../../engines/kit/pure/clock.ts'
import type { SystemStatus } from '../../engines/system/contract.ts'
import { formatDuration, formatNumber, formatTime } from '../lib/format.ts'
import type { Option } from '../ui/index.ts'

export const CLOCK_CHOICES = [
  { value: 'real', label: 'Real time' },
  { value: '1', label: '1×', detail: 'virtual' },
  { value: '60', label: '60×', detail: 'virtual' },
  { value: '3600', label: '3600×', detail: 'virtual' },
  { value: 'fastest', label: 'As fast as possible', detail: 'virtual' },
] as const

/** The choice that stands for these settings: a speed, unless it is one of the words. */
export function clockChoiceOf({ mode, speed }: ClockSettings): string {
  return mode === 'real' ? 'real' : speed === null ? 'fastest' : String(speed)
}

/** What can be chosen, in words that say what the clock is now: its distance from the wall's, and a speed that was set elsewhere. */
export function clockOptions(status: SystemStatus): Option[] {
  const now = clockChoiceOf(status.clock)
  const ahead = aheadMs(status)
  const options = CLOCK_CHOICES.map((choice) =>
    choice.value === 'real' && now === 'real' && ahead > 0
      ? { ...choice, label: `Real time, ${formatDuration(ahead)} ahead` }
      : choice,
  )
  const known = options.some(({ value }) => value === now)
  return known
    ? options
    : [...options, { value: now, label: `${formatNumber(Number(now))}×`, detail: 'virtual, set elsewhere' }]
}

/** How far engine time is ahead of the wall; what is less than two seconds is not worth a word. */
export function aheadMs({ nowMs, wallMs }: Pick<SystemStatus, 'nowMs' | 'wallMs'>): number {
  const ahead = nowMs - wallMs
  return ahead < 2000 ? 0 : Math.round(ahead / 1000) * 1000
}

/** What the clock is and why, in sentences. */
export function clockStory(status: SystemStatus): string {
  const { clock, wallMs } = status
  const ahead = aheadMs(status)
  const kind =
    clock.mode === 'real'
      ? 'Real time'
      : `Virtual time, ${clock.speed === null ? 'as fast as possible' : `${clock.speed}×`}`
  const distance = ahead > 0 ? `, ${formatDuration(ahead)} ahead of the wall clock (${formatTime(wallMs)})` : ''
  const why =
    clock.mode === 'real' && ahead > 0
      ? ' Engine time never runs backwards: a faster run took it there, and from there it goes on as the wall clock does.'
      : ''
  return `${kind}${clock.paused ? ', paused' : ''}${distance}.${why}`
}

export function settingsOf(choice: string): Partial<ClockSettings> {
  if (choice === 'real') return { mode: 'real', paused: false }
  return { mode: 'virtual', speed: choice === 'fastest' ? null : Number(choice) }
}
