import type { Choice } from './decoders/decoder.ts'
import { type Decoders, decode, prepare } from './decoders/index.ts'
import type { Answer, Question } from './decoding.ts'
import { scan } from './scan.ts'

let prepared: { key: string; decoders: Promise<Decoders> } | null = null

/** Schemas are parsed when they change, not for each record. */
function decodersOf(choice: Choice): Promise<Decoders> {
  const key = JSON.stringify(choice)
  if (prepared?.key !== key) prepared = { key, decoders: prepare(choice) }
  return prepared.decoders
}

async function answer(question: Question): Promise<unknown> {
  const decoders = await decodersOf(question.choice)
  if (question.kind === 'scan') return scan(question.scan, decoders)
  if (question.kind === 'decode') return decode(question.bytes, decoders, { whole: true })
  return { problems: decoders.problems, messages: decoders.messages }
}

self.addEventListener('message', async ({ data }: MessageEvent<Question & { id: number }>) => {
  const { id } = data
  try {
    self.postMessage({ id, result: await answer(data) } satisfies Answer)
  } catch (thrown) {
    self.postMessage({ id, error: (thrown as Error).message } satisfies Answer)
  }
})
