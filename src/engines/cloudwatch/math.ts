/** A series by the start of its periods, or one number for all of them. */
export type Series = ReadonlyMap<number, number>
export type Operand = Series | number

export interface MathReach {
  /** What another query's id stands for. */
  readonly series: (id: string) => Series
  /** Starts of all periods of the span, oldest first. */
  readonly times: readonly number[]
  readonly fail: (message: string) => Error
}

const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([a-zA-Z]\w*)|([-+*/^(),])|(\S))/y
const DEPTH_MAX = 50

/** Metric math: + - * / ^, parentheses, and the functions of the table below. */
export function evaluate(expression: string, reach: MathReach): Operand {
  return new Reader(expression, reach).read()
}

class Reader {
  private readonly tokens: string[] = []
  private readonly reach: MathReach
  private at = 0
  private depth = 0

  constructor(expression: string, reach: MathReach) {
    this.reach = reach
    TOKEN.lastIndex = 0
    for (let match = TOKEN.exec(expression); match; match = TOKEN.exec(expression)) {
      if (match[4] !== undefined) throw reach.fail(`Millrace does not support '${match[4]}' in metric math.`)
      this.tokens.push(match[1] ?? match[2] ?? match[3])
    }
  }

  read(): Operand {
    const result = this.sum()
    if (this.at < this.tokens.length) throw this.unexpected()
    return result
  }

  private get next(): string | undefined {
    return this.tokens[this.at]
  }

  private accept(text: string): boolean {
    if (this.next !== text) return false
    this.at++
    return true
  }

  private unexpected(): Error {
    return this.reach.fail(`Error in expression: unexpected ${this.next === undefined ? 'end' : `'${this.next}'`}.`)
  }

  private sum(): Operand {
    let left = this.product()
    while (this.next === '+' || this.next === '-') {
      const sign = this.tokens[this.at++] === '+' ? 1 : -1
      left = combine(left, this.product(), (a, b) => a + sign * b)
    }
    return left
  }

  private product(): Operand {
    let left = this.power()
    while (this.next === '*' || this.next === '/') {
      const times = this.tokens[this.at++] === '*'
      left = combine(left, this.power(), (a, b) => (times ? a * b : a / b))
    }
    return left
  }

  private power(): Operand {
    const base = this.signed()
    return this.accept('^') ? combine(base, this.power(), (a, b) => a ** b) : base
  }

  private signed(): Operand {
    if (++this.depth > DEPTH_MAX) throw this.reach.fail('The expression is nested too deeply.')
    const result = this.accept('-') ? combine(this.signed(), -1, (a, b) => a * b) : this.primary()
    this.depth--
    return result
  }

  private primary(): Operand {
    const token = this.next
    if (token === undefined) throw this.unexpected()
    this.at++
    if (token === '(') {
      const inner = this.sum()
      if (!this.accept(')')) throw this.unexpected()
      return inner
    }
    if (/^\d/.test(token)) return Number(token)
    if (/^[a-z]/.test(token)) return this.reach.series(token)
    if (!/^[A-Z]/.test(token)) {
      this.at--
      throw this.unexpected()
    }
    return this.call(token)
  }

  private call(name: string): Operand {
    const apply = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
    if (!apply || !this.accept('('))
      throw this.reach.fail(
        `Millrace does not support ${name} in metric math; it knows ${Object.keys(FUNCTIONS).join(', ')}.`,
      )
    const given: Operand[] = []
    do given.push(this.sum())
    while (this.accept(','))
    if (!this.accept(')')) throw this.unexpected()
    if (given.length !== apply.count) throw this.reach.fail(`${name} takes ${apply.count} arguments.`)
    return apply.run(given, this.reach)
  }
}

/** Where one of two series has no value, the result has none; a division by zero has none either. */
function combine(left: Operand, right: Operand, of: (a: number, b: number) => number): Operand {
  if (typeof left === 'number' && typeof right === 'number') return of(left, right)
  const times = typeof left === 'number' ? (right as Series).keys() : left.keys()
  const pairs = [...times].flatMap((time): [number, number][] => {
    const a = typeof left === 'number' ? left : left.get(time)
    const b = typeof right === 'number' ? right : right.get(time)
    const result = a === undefined || b === undefined ? Number.NaN : of(a, b)
    return Number.isFinite(result) ? [[time, result]] : []
  })
  return new Map(pairs)
}

interface MathFunction {
  readonly count: number
  readonly run: (given: readonly Operand[], reach: MathReach) => Operand
}

const each = (of: (value: number) => number): MathFunction => ({
  count: 1,
  run: ([operand]) => combine(operand, 0, (value) => of(value)),
})

/** One number of all values of a series. */
const whole = (of: (values: readonly number[]) => number): MathFunction => ({
  count: 1,
  run: ([operand]) => (typeof operand === 'number' ? operand : of([...operand.values()])),
})

const add = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

const FUNCTIONS: Readonly<Record<string, MathFunction>> = {
  ABS: each(Math.abs),
  CEIL: each(Math.ceil),
  FLOOR: each(Math.floor),
  SUM: whole(add),
  AVG: whole((values) => add(values) / values.length),
  MIN: whole((values) => Math.min(...values)),
  MAX: whole((values) => Math.max(...values)),
  FILL: {
    count: 2,
    run: ([operand, by], { times }) => {
      if (typeof operand === 'number') return operand
      const filled = times.flatMap((time): [number, number][] => {
        const value = operand.get(time) ?? (typeof by === 'number' ? by : by.get(time))
        return value === undefined ? [] : [[time, value]]
      })
      return new Map(filled)
    },
  },
}
