/**
 * Keys as file paths. An ordinary key is its own path: `year=2001/part-0.parquet` stays as it is. What a file system would
 * misread is escaped, segment by segment, so that every key has a path inside its bucket and every path one key:
 *
 *   %XX  a byte of UTF-8: `%`, control characters and `< > : " \ | ? *`, a last dot or space, the first character of a name that
 *        an operating system keeps for itself (`CON`, `nul.txt`, `.DS_Store`, `.gitkeep`)
 *   %-   an empty segment: `a//b` is `a/%-/b`, `a/` is `a/%-`
 *   %+   ends a folder's name: the segment goes on in the next one, where it is longer than file systems allow
 *   %!   ends a file's name: the object `a` beside objects `a/…`, whose folder has the name
 *
 * Of two keys that differ in case or Unicode normal form only, the second has the differing segment escaped whole
 * (`encodeSegment(…, 'whole')`), so that a lake can be copied to a file system that does not tell them apart.
 */
export type Escaping = 'plain' | 'whole'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Bytes of a file's name that we use; file systems allow 255. */
const NAME_BYTES_MAX = 200

const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i

/** Files that programs leave beside one's own. They are no objects, and keys of these names are escaped. */
const LITTER = new Set(['.ds_store', 'thumbs.db', 'desktop.ini', '.gitkeep', '.gitignore', '.gitattributes', '.git'])

export const isLitter = (name: string): boolean => LITTER.has(name.toLowerCase())

/** The path of a key inside its bucket's folder, with forward slashes. */
export function encodeKey(key: string, escaping: Escaping = 'plain'): string {
  return key
    .split('/')
    .map((segment) => encodeSegment(segment, escaping))
    .join('/')
}

/** One segment of a key as one name, or as several nested ones where it is too long for one. */
export function encodeSegment(segment: string, escaping: Escaping = 'plain'): string {
  if (segment === '') return '%-'
  const pieces: string[][] = [[]]
  let bytes = 0
  for (const character of segment) {
    const escaped = needsEscape(character, escaping) ? escapeCharacter(character) : character
    const length = character === escaped ? encoder.encode(character).length : escaped.length
    // The last character may grow to an escape of its own, hence the margin.
    if (bytes + length > NAME_BYTES_MAX) {
      pieces.push([])
      bytes = 0
    }
    pieces.at(-1)!.push(escaped)
    bytes += length
  }
  return pieces.map(closeName).join('%+/')
}

function needsEscape(character: string, escaping: Escaping): boolean {
  if (/[%<>:"\\|?*\u0000-\u001f\u007f]/.test(character)) return true
  return escaping === 'whole' && /[A-Za-z\u0080-\u{10ffff}]/u.test(character)
}

function closeName(characters: string[]): string {
  const last = characters.length - 1
  if (characters[last] === '.' || characters[last] === ' ') characters[last] = escapeCharacter(characters[last])
  const name = characters.join('')
  if (DEVICE.test(name) || isLitter(name)) characters[0] = escapeCharacter(characters[0])
  return characters.join('')
}

function escapeCharacter(character: string): string {
  return Array.from(encoder.encode(character), (b) => `%${b.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

/** The object `a` where a folder `a` is. */
export const besideFolder = (path: string): string => `${path}%!`

/**
 * The key of a file. A name that we would not have written (a `%` or `:` in a file that someone copied here) stands for itself.
 */
export function decodePath(path: string): string {
  // Nearly all paths are plain, and a large bucket has many.
  if (!path.includes('%')) return path
  const names = path.split('/')
  const segments: string[] = []
  let open = ''
  names.forEach((name, index) => {
    const file = index === names.length - 1
    if (!file && name.endsWith('%+')) {
      open += `${name}/`
      return
    }
    segments.push(decodeSegment(open + (file && name.endsWith('%!') ? name.slice(0, -2) : name)))
    open = ''
  })
  return segments.join('/')
}

function decodeSegment(encoded: string): string {
  if (encoded === '%-') return ''
  const decoded = unescapeName(encoded.replaceAll('%+/', ''))
  if (decoded === undefined) return encoded
  const ours = encodeSegment(decoded) === encoded || encodeSegment(decoded, 'whole') === encoded
  return ours ? decoded : encoded
}

function unescapeName(text: string): string | undefined {
  if (!text.includes('%')) return text
  const bytes: number[] = []
  for (let i = 0; i < text.length; ) {
    if (text[i] === '%') {
      if (!/^[0-9A-F]{2}$/.test(text.slice(i + 1, i + 3))) return undefined
      bytes.push(Number.parseInt(text.slice(i + 1, i + 3), 16))
      i += 3
    } else {
      const character = String.fromCodePoint(text.codePointAt(i)!)
      bytes.push(...encoder.encode(character))
      i += character.length
    }
  }
  try {
    return decoder.decode(Uint8Array.from(bytes))
  } catch {
    return undefined
  }
}

/** What file systems that ignore case and normal form make of a path: equal folds cannot lie side by side there. */
export const foldPath = (path: string): string => path.normalize('NFC').toUpperCase().toLowerCase()
