const PARTS: Readonly<Record<string, string>> = {
  yyyy: '%Y',
  yy: '%y',
  MMMM: '%B',
  MMM: '%b',
  MM: '%m',
  M: '%-m',
  dd: '%d',
  d: '%-d',
  EEEE: '%A',
  EEE: '%a',
  HH: '%H',
  H: '%-H',
  hh: '%I',
  h: '%-I',
  mm: '%M',
  m: '%-M',
  ss: '%S',
  s: '%-S',
  SSS: '%g',
  a: '%p',
}

/** QuickSight's date pattern ("Using supported date formats") as strftime's. Letters in quotes stand for themselves. */
export function dateFormat(pattern: string, refuse: (why: string) => never): string {
  return pattern.replace(/'([^']*)'|([A-Za-z])\2*|%/g, (whole, quoted: string | undefined) => {
    if (whole === '%') return '%%'
    if (quoted !== undefined) return quoted.replaceAll('%', '%%') || "'"
    return PARTS[whole] ?? refuse(`the date pattern "${whole}" is not understood: use ${Object.keys(PARTS).join(', ')}`)
  })
}
