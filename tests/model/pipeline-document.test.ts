import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findValue, lineAndColumn } from '../../src/engines/kit/pure/document-text.ts'
import { parsePipeline } from '../../src/engines/pipeline/document-text.ts'

const sound = JSON.stringify(
  { format: 1, name: 'p', nodes: [{ id: 'a', kind: 'replay', position: { x: 0, y: 0 }, config: {} }], wires: [] },
  null,
  2,
)

function errorOf(text: string) {
  try {
    parsePipeline(text, 'pipelines/p.json')
  } catch (thrown) {
    return thrown as {
      code: string
      message: string
      at: { file: string; line: number; column: number; path?: string }
    }
  }
  throw new Error('this text should have been refused')
}

test('a damaged file gives file, line and column', () => {
  const broken = sound.replace('"wires": []', '"wires": [')
  expect(errorOf(broken)).toMatchObject({
    code: 'InvalidDocument',
    at: { file: 'pipelines/p.json', line: broken.split('\n').length },
  })
  expect(errorOf(sound.replace('"p",', '"p"')).at).toMatchObject({ line: 4, column: 3 })
})

test('a value that a pipeline may not have is found in the text', () => {
  const wrong = sound.replace('"kind": "replay"', '"kind": 7')
  const error = errorOf(wrong)
  expect(error.at).toMatchObject({ path: 'nodes[0].kind' })
  expect(wrong.split('\n')[error.at.line - 1].slice(error.at.column - 1)).toMatch(/^7/)
})

test('a document of a newer format is refused by name', () => {
  expect(errorOf(sound.replace('"format": 1', '"format": 99')).code).toBe('UnsupportedFormat')
})

test('the place of every value is found, however the text is laid out', () => {
  const json = fc.jsonValue({ maxDepth: 3 })
  const paths = (value: unknown): PropertyKey[][] =>
    value !== null && typeof value === 'object'
      ? Object.entries(value).flatMap(([key, inner]) => {
          const step = Array.isArray(value) ? Number(key) : key
          return [[step], ...paths(inner).map((path) => [step, ...path])]
        })
      : []
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      for (const path of paths(JSON.parse(text))) {
        const wanted = path.reduce(
          (inner, step) => (inner as Record<PropertyKey, unknown>)[step],
          JSON.parse(text) as unknown,
        )
        const found = text.slice(findValue(text, path))
        expect(found.startsWith(JSON.stringify(wanted, null, indent).split('\n')[0])).toBe(true)
      }
    }),
  )
  expect(lineAndColumn('a\nbc', 3)).toEqual({ line: 2, column: 2 })
})
