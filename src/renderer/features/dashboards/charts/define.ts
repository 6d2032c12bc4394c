import type { LucideIcon } from 'lucide-react'
import { type ComponentType, memo } from 'react'
import type { z } from 'zod'
import type { PlacedField, Visual, VisualKind } from '../../../../engines/bi/dashboard.ts'
import type { Clients } from '../../../../engines/contract.ts'
import type { Cell } from '../../../../engines/kit/pure/table.ts'
import type { ColorBook } from '../model/colors.ts'
import type { Comparison, LastPeriod } from '../model/period.ts'

/** What a visual's query answered. */
export type Answer = Awaited<ReturnType<Clients['bi']['query']>>

/** A measure over the last period and over the like part of the one before. */
export interface Compared extends Comparison {
  readonly values: { readonly now: number; readonly before: number }
}

/** A thing drawn that stands for some values of dimensions: a bar, a slice, a cell of a heat map. */
export interface Mark {
  /** Dimensions and their values, as the query gave them. */
  readonly fields: readonly PlacedField[]
  readonly values: readonly Cell[]
  readonly binWidth?: number | undefined
}

export interface ChartProps<O = Readonly<Record<string, unknown>>> {
  readonly visual: Visual
  /** Column c of the answer belongs to `fields[c]`. */
  readonly fields: readonly PlacedField[]
  readonly answer: Answer
  /** Along periods: the last one. It is drawn apart where it is not whole. */
  readonly last: LastPeriod | null
  readonly compared: Compared | null
  readonly options: O
  readonly width: number
  readonly height: number
  readonly colors: ColorBook
  /** The key of the mark that filters the others now. */
  readonly picked: string | null
  readonly onPick: (mark: Mark) => void
  /** A double click: opens a period. */
  readonly onOpen: (mark: Mark) => void
}

export interface ChartKind {
  readonly kind: VisualKind
  readonly title: string
  readonly icon: LucideIcon
  /** What it is good for, in a few words, where a kind is chosen. */
  readonly summary: string
  /** Fields of the options form; values that are not given are its defaults. */
  readonly options: z.ZodObject
  readonly Component: ComponentType<ChartProps>
  /** Columns and rows of the grid that a new one takes. */
  readonly size: { readonly w: number; readonly h: number }
}

/** A kind of visual: its options and how it is drawn. The component gets its options already read by the schema, and is drawn when its props change. */
export function defineChart<O extends z.ZodObject>(chart: {
  kind: VisualKind
  title: string
  icon: LucideIcon
  summary: string
  options: O
  Component: ComponentType<ChartProps<z.output<O>>>
  size: { w: number; h: number }
}): ChartKind {
  return { ...chart, Component: memo(chart.Component) } as unknown as ChartKind
}

/** Equal for marks of equal values. */
export function markKey(mark: Pick<Mark, 'values'>): string {
  return JSON.stringify(mark.values)
}

/**
 * What a click on a mark does: the second of a double click opens what the first picked. The browser's own double click is not
 * heard where the first click draws the mark anew.
 */
export function clicked<F>(event: { detail: number }, pick: F, open: F): F {
  return event.detail === 2 ? open : pick
}
