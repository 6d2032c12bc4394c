import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { REDSHIFT_MACROS } from '../../src/engines/kit/node/sql/redshift-macros.ts'
import { MACROS } from '../../src/engines/warehouse/translate/functions.ts'
import { redshiftTable } from '../support/redshift-functions.ts'

it('documents every function as the translation treats it', () => {
  expect(readFileSync('docs/conformance/redshift-sql.md', 'utf8')).toContain(redshiftTable())
})

it('has a macro for each function that it calls one for', () => {
  const made = REDSHIFT_MACROS.map((sql) => /\.rs_(\w+)/.exec(sql)?.[1].toUpperCase())
  expect([...MACROS].filter((name) => !made.includes(name))).toEqual([])
})
