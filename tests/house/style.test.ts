import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

function files(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return files(path, pattern)
    return pattern.test(name) ? [path] : []
  })
}

/** Lines of code that match, comments left out, as `file:line`. */
function found(sources: string[], pattern: RegExp): string[] {
  return sources.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => {
        const code = line
          .replace(/\/\/.*$/, '')
          .replace(/^\s*\*.*$/, '')
          .replace(/\/\*.*?\*\//g, '')
        return pattern.test(code) ? [`${relative(root, file)}:${index + 1}: ${line.trim()}`] : []
      }),
  )
}

const engines = files(join(root, 'src/engines'), /\.tsx?$/)
const outsideKit = engines.filter((file) => !file.includes(join('engines', 'kit')))
const everything = files(join(root, 'src'), /\.tsx?$/)

describe('house style', () => {
  it('engines take time and chance from their context', () => {
    expect(
      found(
        outsideKit,
        /\bDate\.now\(|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\bperformance\.now\(|\bnew Date\(\)/,
      ),
    ).toEqual([])
  })

  it('nothing escapes the type checker or the linter', () => {
    expect(found(everything, /:\s*any\b|\bas any\b|@ts-ignore|@ts-expect-error|biome-ignore/)).toEqual([])
  })

  it('nothing is left for later', () => {
    const sources = [
      ...everything,
      ...files(join(root, 'tests'), /\.tsx?$/).filter((file) => !file.includes(join('tests', 'house'))),
    ]
    expect(
      sources
        .filter((file) => /\b(TODO|FIXME|HACK|XXX)\b/.test(readFileSync(file, 'utf8')))
        .map((file) => relative(root, file)),
    ).toEqual([])
  })

  it('no source file does the work of several', () => {
    const long = everything
      .map((file) => [relative(root, file), readFileSync(file, 'utf8').split('\n').length] as const)
      .filter(([, lines]) => lines > 500)
    expect(long).toEqual([])
  })

  it('every engine says what is faithful and what is not', () => {
    const registry = readFileSync(join(root, 'src/engines/registry.ts'), 'utf8')
    const names = [...registry.matchAll(/import\('\.\/([a-z]+)\/engine\.ts'\)/g)].map((match) => match[1])
    expect(names.length).toBeGreaterThan(5)
    expect(names.filter((name) => !files(join(root, 'src/engines', name), /^README\.md$/).length)).toEqual([])
  })
})
