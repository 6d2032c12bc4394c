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

/** Engine and wall time of the last seconds, under the same settings. */
export interface ClockTrail {
  readonly settings: string
  readonly points: readonly Pick<SystemStatus, 'nowMs' | 'wallMs'>[]
}

const TRAIL_MS = 5000
const TRAIL_LEAST_MS = 2000
/** Below this share of the set speed the clock is held back, and not merely late. */
const HELD_BELOW = 0.8

export function followClock(trail: ClockTrail | null, { clock, nowMs, wallMs }: SystemStatus): ClockTrail {
  const settings = JSON.stringify(clock)
  const before = trail?.settings === settings ? trail.points : []
  return { settings, points: [...before.filter((point) => wallMs - point.wallMs <= TRAIL_MS), { nowMs, wallMs }] }
}

/** How fast time really passes where that is well below the set speed, since time waits for work; null where it keeps up. */
export function heldPace({ clock }: SystemStatus, trail: ClockTrail | null): number | null {
  const first = trail?.points[0]
  const last = trail?.points.at(-1)
  if (!first || !last || clock.mode === 'real' || clock.speed === null || clock.paused) return null
  const realMs = last.wallMs - first.wallMs
  const pace = (last.nowMs - first.nowMs) / realMs
  return realMs >= TRAIL_LEAST_MS && pace < clock.speed * HELD_BELOW ? pace : null
}

function paceText(pace: number): string {
  return `${formatNumber(pace, pace < 10 ? 1 : 0)}×`
}

/**
 * What can be chosen, in words that say what the clock is now: its distance from the wall's, a speed that was set elsewhere, and the
 * real pace where it is `held` back.
 */
export function clockOptions(status: SystemStatus, held: number | null = null): Option[] {
  const options = choices(status)
  if (held === null) return options
  const now = clockChoiceOf(status.clock)
  return options.map((option) =>
    option.value === now ? { ...option, label: `${option.label} (${paceText(held)} now)` } : option,
  )
}

function choices(status: SystemStatus): Option[] {
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
export function clockStory(status: SystemStatus, held: number | null = null): string {
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
  const waits =
    held === null
      ? ''
      : ` Time waits for work: over the last seconds it went at ${paceText(held)}, since nothing may be due before what comes earlier is done.`
  return `${kind}${clock.paused ? ', paused' : ''}${distance}.${why}${waits}`
}

export function settingsOf(choice: string): Partial<ClockSettings> {
  if (choice === 'real') return { mode: 'real', paused: false }
  return { mode: 'virtual', speed: choice === 'fastest' ? null : Number(choice) }
}
