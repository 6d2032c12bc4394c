/** Where a piece of an expression stands in its text: 1-based line and column, the end exclusive. */
export interface Span {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '||'
export type CompareOperator = '=' | '<>' | '<' | '<=' | '>' | '>='

/** A type named in CAST, lower case, with its arguments: `decimal(12,2)` is name `decimal`, args [12, 2]. */
export interface TypeName {
  readonly name: string
  readonly args: readonly number[]
}

type Node<K extends string, F> = { readonly kind: K; readonly at: Span } & Readonly<F>

export type Expr =
  | Node<'literal', { value: string | number | boolean | null }>
  | Node<'typed', { type: 'timestamp' | 'date'; text: string }>
  | Node<'field', { path: readonly (string | number)[] }>
  | Node<'negate', { operand: Expr }>
  | Node<'not', { operand: Expr }>
  | Node<'arithmetic', { operator: ArithmeticOperator; left: Expr; right: Expr }>
  | Node<'compare', { operator: CompareOperator; left: Expr; right: Expr }>
  | Node<'logic', { operator: 'and' | 'or'; left: Expr; right: Expr }>
  | Node<'isNull', { operand: Expr; negated: boolean }>
  | Node<'in', { operand: Expr; options: readonly Expr[]; negated: boolean }>
  | Node<'between', { operand: Expr; low: Expr; high: Expr; negated: boolean }>
  | Node<'like', { operand: Expr; pattern: Expr; escapeWith: Expr | undefined; negated: boolean }>
  | Node<'case', { operand: Expr | undefined; branches: readonly CaseBranch[]; otherwise: Expr | undefined }>
  | Node<'cast', { operand: Expr; type: TypeName; safe: boolean }>
  | Node<'call', { name: string; args: readonly Expr[] }>

export interface CaseBranch {
  readonly when: Expr
  readonly result: Expr
}

/** The expressions directly inside one. */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'typed':
    case 'field':
      return []
    case 'negate':
    case 'not':
    case 'isNull':
    case 'cast':
      return [expr.operand]
    case 'arithmetic':
    case 'compare':
    case 'logic':
      return [expr.left, expr.right]
    case 'in':
      return [expr.operand, ...expr.options]
    case 'between':
      return [expr.operand, expr.low, expr.high]
    case 'like':
      return [expr.operand, expr.pattern, ...(expr.escapeWith ? [expr.escapeWith] : [])]
    case 'case':
      return [
        ...(expr.operand ? [expr.operand] : []),
        ...expr.branches.flatMap((branch) => [branch.when, branch.result]),
        ...(expr.otherwise ? [expr.otherwise] : []),
      ]
    case 'call':
      return expr.args
  }
}
