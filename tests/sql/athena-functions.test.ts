import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { TRINO_FUNCTIONS } from '../../src/engines/athena/translate/functions.ts'
import { REFUSED } from '../../src/engines/athena/translate/refused.ts'
import { conformanceTable } from '../support/athena-functions.ts'

it('documents every function as the translation treats it', () => {
  expect(readFileSync('docs/conformance/athena.md', 'utf8')).toContain(conformanceTable())
})

it('refuses no function that it translates', () => {
  expect(TRINO_FUNCTIONS.filter(({ name }) => REFUSED.has(name))).toEqual([])
})
