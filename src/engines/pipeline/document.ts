import { z } from 'zod'

/** Current version of the pipeline file. Older ones are migrated on load, newer ones open read-only. */
export const PIPELINE_FORMAT = 1

const Id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)

export const PipelineNode = z.object({
  id: Id,
  kind: z.string(),
  /** Version of the node kind's configuration. */
  version: z.number().int().positive().default(1),
  title: z.string().optional(),
  position: z.object({ x: z.number(), y: z.number() }),
  config: z.record(z.string(), z.unknown()).default({}),
})
export type PipelineNode = z.infer<typeof PipelineNode>

export const Wire = z.object({
  id: Id,
  from: z.object({ node: Id, port: z.string() }),
  to: z.object({ node: Id, port: z.string() }),
})
export type Wire = z.infer<typeof Wire>

export const Note = z.object({
  id: Id,
  text: z.string(),
  position: z.object({ x: z.number(), y: z.number() }),
  width: z.number(),
  height: z.number(),
})
export const Group = z.object({ id: Id, title: z.string(), nodes: z.array(Id) })

/** A pipeline as it is kept in `pipelines/*.json`: what a person draws, runs and exports. */
export const PipelineDocument = z.object({
  format: z.number().int(),
  name: z.string(),
  description: z.string().default(''),
  nodes: z.array(PipelineNode),
  wires: z.array(Wire),
  notes: z.array(Note).default([]),
  groups: z.array(Group).default([]),
  /** How a run sets the clock when nothing else is said. */
  run: z
    .object({
      clock: z.enum(['real', 'virtual']).default('virtual'),
      speed: z.number().positive().nullable().default(60),
      seed: z.string().default('millrace'),
    })
    .default({ clock: 'virtual', speed: 60, seed: 'millrace' }),
})
export type PipelineDocument = z.infer<typeof PipelineDocument>
