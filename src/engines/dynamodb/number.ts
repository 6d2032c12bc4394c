import { invalid } from './errors.ts'

/**
 * A number as DynamoDB has it: up to 38 significant digits, magnitudes from 1E-130 to 9.99…E+125, exact. `digits` has no zero at
 * either end and stands for d.ddd × 10^exponent; zero has no digits.
 */
export interface Decimal {
  readonly negative: boolean
  readonly digits: string
  readonly exponent: number
}

export const DIGITS_MAX = 38
export const EXPONENT_MIN = -130
export const EXPONENT_MAX = 125

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/
const ZERO: Decimal = { negative: false, digits: '', exponent: 0 }

export function parseDecimal(text: string): Decimal {
  const match = NUMBER.exec(text.trim())
  const whole = match?.[2] ?? ''
  const fraction = match?.[3] ?? ''
  if (!match || whole.length + fraction.length === 0)
    throw invalid(`The parameter cannot be converted to a numeric value: ${text}`)
  return checked(match[1] === '-', whole + fraction, whole.length - 1 + Number(match[4] ?? 0))
}

/** The number with zeros at its ends taken off, or the error that says what of it does not fit. */
function checked(negative: boolean, allDigits: string, firstExponent: number): Decimal {
  const leading = /^0*/.exec(allDigits)![0].length
  const digits = allDigits.slice(leading).replace(/0+$/, '')
  if (digits === '') return ZERO
  const exponent = firstExponent - leading
  if (digits.length > DIGITS_MAX) throw invalid('Attempting to store more than 38 significant digits in a Number')
  if (exponent > EXPONENT_MAX)
    throw invalid('Number overflow. Attempting to store a number with magnitude larger than supported range')
  if (exponent < EXPONENT_MIN)
    throw invalid('Number underflow. Attempting to store a number with magnitude smaller than supported range')
  return { negative, digits, exponent }
}

/** Plain decimal text, never with an exponent: the form in which the service gives numbers back. */
export function decimalText({ negative, digits, exponent }: Decimal): string {
  if (digits === '') return '0'
  const sign = negative ? '-' : ''
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const fraction = digits.slice(exponent + 1)
  return sign + whole + (fraction === '' ? '' : `.${fraction}`)
}

export const normalNumber = (text: string): string => decimalText(parseDecimal(text))

export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.digits === '' || b.digits === '') return signOf(a) - signOf(b)
  if (a.negative !== b.negative) return a.negative ? -1 : 1
  const larger = a.exponent - b.exponent || (a.digits < b.digits ? -1 : a.digits > b.digits ? 1 : 0)
  return a.negative ? -larger : larger
}

const signOf = (a: Decimal): number => (a.digits === '' ? 0 : a.negative ? -1 : 1)

export const compareNumbers = (a: string, b: string): number => compareDecimals(parseDecimal(a), parseDecimal(b))

/** Exact sum of two numbers in their text; a sum of more than 38 digits is refused, never rounded. */
export function addNumbers(left: string, right: string, sign: 1 | -1 = 1): string {
  const a = parseDecimal(left)
  const b = parseDecimal(right)
  const scale = Math.min(lastPlace(a), lastPlace(b))
  const sum = scaled(a, scale) + scaled(b, scale) * BigInt(sign)
  const digits = (sum < 0n ? -sum : sum).toString()
  return decimalText(checked(sum < 0n, digits, scale + digits.length - 1))
}

const lastPlace = (a: Decimal): number => (a.digits === '' ? 0 : a.exponent - a.digits.length + 1)

function scaled(a: Decimal, scale: number): bigint {
  if (a.digits === '') return 0n
  const size = BigInt(a.digits) * 10n ** BigInt(lastPlace(a) - scale)
  return a.negative ? -size : size
}
