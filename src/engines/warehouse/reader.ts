import { isName, nameOf, type Statement, sqlError, type Token } from './translate/lex.ts'
import { closing, readName, type TableReference } from './translate/references.ts'

/** Reads the words of one statement in order; what is not as expected is a syntax error with its place. */
export class Reader {
  readonly sql: string
  readonly tokens: readonly Token[]
  at = 0

  constructor(sql: string, statement: Pick<Statement, 'tokens'>) {
    this.sql = sql
    this.tokens = statement.tokens
  }

  get token(): Token | undefined {
    return this.tokens[this.at]
  }

  get done(): boolean {
    return this.at >= this.tokens.length
  }

  is(word: string, ahead = 0): boolean {
    const token = this.tokens[this.at + ahead]
    return (
      token !== undefined &&
      (token.kind === 'word' ? token.value === word : token.kind === 'sign' && token.text === word)
    )
  }

  /** Takes these words if they come next, all of them or none. */
  take(words: string): boolean {
    const list = words.split(' ')
    if (!list.every((word, i) => this.is(word, i))) return false
    this.at += list.length
    return true
  }

  takeOne<const W extends string>(...words: W[]): W | undefined {
    return words.find((word) => this.take(word))
  }

  need(words: string): void {
    if (!this.take(words)) this.fail()
  }

  name(): string {
    const token = this.token
    if (!isName(token)) return this.fail()
    this.at++
    return nameOf(token)
  }

  /** `schema.table` or `table`, which is in `public`. */
  table(): TableName {
    if (!isName(this.token)) this.fail()
    const reference: TableReference = readName(this.sql, this.tokens, this.at)
    const [from, to] = [this.tokens[this.at].from, this.tokens[reference.end - 1].to]
    this.at = reference.end
    const [schema, name] = reference.parts.length === 2 ? reference.parts : [undefined, reference.parts[0]]
    return { schema: schema ?? 'public', name: name!, qualified: schema !== undefined, from, to }
  }

  names(): string[] {
    this.need('(')
    const names = [this.name()]
    while (this.take(',')) names.push(this.name())
    this.need(')')
    return names
  }

  string(): string {
    const token = this.token
    if (token?.kind !== 'string') return this.fail()
    this.at++
    return token.value
  }

  number(): number {
    const negative = this.take('-')
    const token = this.token
    if (token?.kind !== 'number') return this.fail()
    this.at++
    return negative ? -Number(token.text) : Number(token.text)
  }

  /** Steps over `( … )`; gives the indexes of what is inside. */
  parentheses(): [number, number] {
    if (!this.is('(')) this.fail()
    const close = closing(this.tokens, this.at)
    if (close === this.tokens.length) this.fail('")" is missing')
    const inside: [number, number] = [this.at + 1, close]
    this.at = close + 1
    return inside
  }

  end(): void {
    if (!this.done) this.fail()
  }

  fail(message?: string, code = '42601'): never {
    const token = this.token ?? this.tokens.at(-1)
    const said =
      message ?? (this.token ? `syntax error at or near "${this.token.text}"` : 'syntax error at end of input')
    throw sqlError(code, said, this.sql, this.token ? token!.from : (token?.to ?? 0), token?.to ?? 0)
  }

  refuse(what: string, at: Token | undefined = this.token): never {
    const token = at ?? this.tokens.at(-1)!
    throw sqlError('0A000', `${what} is not supported by Millrace's warehouse`, this.sql, token.from, token.to)
  }
}

export interface TableName {
  readonly schema: string
  readonly name: string
  readonly qualified: boolean
  readonly from: number
  readonly to: number
}
