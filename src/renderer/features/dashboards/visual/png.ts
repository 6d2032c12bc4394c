import type { Visual } from '../../../../engines/bi/dashboard.ts'
import { type CellValue, saveFile } from '../../../ui/index.ts'
import { shorten } from '../model/format.ts'

const PAINT = [
  'fill',
  'stroke',
  'fill-opacity',
  'stroke-opacity',
  'stroke-width',
  'stroke-dasharray',
  'opacity',
  'font-size',
  'font-weight',
  'font-family',
  'text-anchor',
  'letter-spacing',
]
const NAMESPACE = 'http://www.w3.org/2000/svg'
const PAD = 16
const SCALE = 2

interface Piece {
  readonly x: number
  readonly y: number
  readonly svg: SVGElement
}

interface Drawing {
  readonly pieces: Piece[]
  readonly width: number
  readonly height: number
}

export const fileNameOf = (title: string) =>
  title
    .trim()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '') || 'visual'

/** A picture of a visual as it is on the screen, with its title and the filters it is under. */
export async function exportPng(
  visual: Visual,
  table: { header: readonly string[]; rows: readonly (readonly CellValue[])[] },
  filters: readonly string[],
): Promise<void> {
  const card = document.querySelector(`[data-visual="${CSS.escape(visual.id)}"]`)
  const body = card?.querySelector<HTMLElement>('[data-testid="visual-body"]')
  if (!card || !body) throw new Error('The visual is not on the screen.')
  const frame = body.getBoundingClientRect()
  const graphic = [...body.querySelectorAll<SVGElement>('svg.recharts-surface, svg[data-chart]')].some(
    (svg) => !svg.closest('[data-legend]'),
  )
  const content = graphic || visual.kind === 'kpi' ? onScreen(body, frame) : tableDrawing(table)
  const width = Math.ceil(content.width) + 2 * PAD
  const notes = filters.map((line) => shorten(line, Math.floor((width - 2 * PAD) / 6)))
  const top = PAD + 20 + (visual.subtitle ? 16 : 0) + notes.length * 15 + 8
  const height = top + content.height + PAD
  const root = element('svg', {
    xmlns: NAMESPACE,
    width: width * SCALE,
    height: height * SCALE,
    viewBox: `0 0 ${width} ${height}`,
  })
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const font = getComputedStyle(document.body).fontFamily
  const faces = element('style', {})
  faces.textContent = await embeddedFace(font)
  root.append(faces, element('rect', { width, height, fill: color('--page') }))
  root.append(
    text(shorten(visual.title, Math.floor((width - 2 * PAD) / 7.6)), PAD, PAD + 14, {
      'font-size': 14,
      'font-weight': 600,
      fill: color('--text'),
      'font-family': font,
    }),
  )
  let line = PAD + 30
  const subtitle = visual.subtitle && shorten(visual.subtitle, Math.floor((width - 2 * PAD) / 6))
  for (const note of [subtitle, ...notes].filter((its) => its !== undefined && its !== '')) {
    root.append(text(String(note), PAD, line, { 'font-size': 11, fill: color('--text-3'), 'font-family': font }))
    line += 15
  }
  const group = element('g', { transform: `translate(${PAD} ${top})`, 'font-family': font })
  for (const { x, y, svg } of content.pieces) {
    const place = element('g', { transform: `translate(${x} ${y})` })
    place.append(svg)
    group.append(place)
  }
  root.append(group)
  const blob = await raster(new XMLSerializer().serializeToString(root), width * SCALE, height * SCALE)
  saveFile(`${fileNameOf(visual.title)}.png`, [blob], 'image/png')
}

/** The vector graphics of a card, and its texts drawn where they stand. */
function onScreen(body: HTMLElement, frame: DOMRect): Drawing {
  const pieces: Piece[] = []
  for (const svg of body.querySelectorAll<SVGElement>('svg')) {
    if (svg.parentElement?.closest('svg, .recharts-tooltip-wrapper, [data-tool]')) continue
    const box = svg.getBoundingClientRect()
    pieces.push({ x: box.left - frame.left, y: box.top - frame.top, svg: painted(svg) })
  }
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement
    if (!parent || parent.closest('svg, .recharts-tooltip-wrapper, [data-tool]') || !node.textContent?.trim()) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const box = range.getBoundingClientRect()
    if (box.width === 0 || isCut(parent, box, body)) continue
    const style = getComputedStyle(parent)
    const drawn = text(node.textContent, box.left - frame.left, box.top - frame.top + box.height * 0.76, {
      'font-size': style.fontSize,
      'font-weight': style.fontWeight,
      fill: style.color,
    })
    pieces.push({ x: 0, y: 0, svg: drawn })
  }
  for (const swatch of body.querySelectorAll<HTMLElement>('[data-legend] i')) {
    const box = swatch.getBoundingClientRect()
    if (isCut(swatch, box, body)) continue
    const fill = getComputedStyle(swatch).backgroundColor
    pieces.push({
      x: box.left - frame.left,
      y: box.top - frame.top,
      svg: element('rect', { width: box.width, height: box.height, rx: 2, fill }),
    })
  }
  return { pieces, width: frame.width, height: Math.ceil(frame.height) }
}

/** Whether the page itself does not show it: what is scrolled or folded away is not in the picture either. */
function isCut(inside: Element, box: DOMRect, body: Element): boolean {
  for (let at: Element | null = inside; at; at = at === body ? null : at.parentElement) {
    if (at !== body && getComputedStyle(at).overflowY === 'visible') continue
    const edge = at.getBoundingClientRect()
    if (box.top + box.height / 2 > edge.bottom || box.top + box.height / 2 < edge.top || box.left > edge.right)
      return true
  }
  return false
}

/** The page's own face as a rule with its data: a picture cannot ask for a file. Without it the picture has the system's. */
async function embeddedFace(family: string): Promise<string> {
  const first = family.split(',')[0].replaceAll(/["']/g, '').trim()
  try {
    const rule = [...document.styleSheets]
      .flatMap((sheet) => [...sheet.cssRules])
      .find(
        (its): its is CSSFontFaceRule =>
          its instanceof CSSFontFaceRule &&
          its.style.getPropertyValue('font-family').includes(first) &&
          /U\+0(?:000)?-/i.test(its.style.getPropertyValue('unicode-range')),
      )
    const url = rule && /url\("?([^")]+)/.exec(rule.style.getPropertyValue('src'))?.[1]
    if (!url) return ''
    const bytes = await (await fetch(new URL(url, rule.parentStyleSheet?.href ?? location.href))).blob()
    const data = await new Promise<string>((resolve, reject) => {
      const reader = new FileReader()
      reader.onload = () => resolve(String(reader.result))
      reader.onerror = () => reject(reader.error)
      reader.readAsDataURL(bytes)
    })
    return `@font-face { font-family: "${first}"; font-weight: 100 900; src: url(${data}) }`
  } catch {
    return ''
  }
}

/** A copy of a graphic whose colours are written out: a picture knows no style sheets. */
function painted(svg: SVGElement): SVGElement {
  const copy = svg.cloneNode(true) as SVGElement
  const from = [svg, ...svg.querySelectorAll('*')]
  const to = [copy, ...copy.querySelectorAll('*')]
  from.forEach((source, index) => {
    const style = getComputedStyle(source)
    for (const property of PAINT) {
      const value = style.getPropertyValue(property)
      if (value) to[index].setAttribute(property, value)
    }
    to[index].removeAttribute('class')
    to[index].removeAttribute('style')
  })
  const box = svg.getBoundingClientRect()
  copy.setAttribute('width', String(box.width))
  copy.setAttribute('height', String(box.height))
  return copy
}

const ROW = 20
const ROWS_MAX = 60

/** Tables are lines of text: the first rows of them. */
function tableDrawing({
  header,
  rows,
}: {
  header: readonly string[]
  rows: readonly (readonly CellValue[])[]
}): Drawing {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const shown = rows.slice(0, ROWS_MAX)
  const cells = shown.map((row) =>
    row.map((cell) => shorten(cell === null || cell === undefined ? '' : String(cell), 28)),
  )
  const widths = header.map((title, c) => Math.max(title.length, ...cells.map((row) => row[c].length), 4) * 6.6 + 16)
  const starts = widths.map((_, c) => widths.slice(0, c).reduce((sum, width) => sum + width, 0))
  const pieces: Piece[] = []
  const write = (value: string, c: number, line: number, fill: string, weight: number) => {
    pieces.push({
      x: starts[c],
      y: line * ROW + 14,
      svg: text(value, 0, 0, { 'font-size': 12, fill, 'font-weight': weight }),
    })
  }
  for (const [c, title] of header.entries()) write(title, c, 0, color('--text-2'), 600)
  for (const [r, row] of cells.entries())
    for (const [c, cell] of row.entries()) write(cell, c, r + 1, color('--text'), 400)
  if (rows.length > shown.length)
    pieces.push({
      x: 0,
      y: (shown.length + 1) * ROW + 14,
      svg: text(`The first ${shown.length} of ${rows.length} rows`, 0, 0, { 'font-size': 11, fill: color('--text-3') }),
    })
  const width = Math.max(
    280,
    widths.reduce((sum, its) => sum + its, 0),
  )
  return { pieces, width, height: (shown.length + (rows.length > shown.length ? 2 : 1)) * ROW }
}

function element(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(NAMESPACE, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
  return made
}

function text(value: string, x: number, y: number, attributes: Record<string, string | number>): SVGElement {
  const made = element('text', { x, y, ...attributes })
  made.textContent = value
  return made
}

async function raster(svg: string, width: number, height: number): Promise<Blob> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')?.drawImage(image, 0, 0, width, height)
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large.'))), 'image/png'),
  )
}
