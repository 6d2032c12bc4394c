/** A value in the service's own form: an object with exactly one of these members. */
export interface Value {
  readonly S?: string
  readonly N?: string
  readonly B?: Uint8Array
  readonly BOOL?: boolean
  readonly NULL?: boolean
  readonly SS?: readonly string[]
  readonly NS?: readonly string[]
  readonly BS?: readonly Uint8Array[]
  readonly L?: readonly Value[]
  readonly M?: Item
}

export type Item = Readonly<Record<string, Value>>
export type Kind = keyof Value

/** `a.b[3]` as `['a', 'b', 3]`; names stand resolved. */
export type Path = readonly (string | number)[]

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'size'; readonly of: Operand }

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>='

/** What both the expression language and the older parameters (Expected, KeyConditions, filters) become. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'compare'; readonly operator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly of: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly of: Operand; readonly among: readonly Operand[] }
  | { readonly kind: 'exists'; readonly path: Path }
  | { readonly kind: 'type'; readonly of: Operand; readonly type: string }
  | { readonly kind: 'beginsWith'; readonly of: Operand; readonly prefix: Operand }
  | { readonly kind: 'contains'; readonly of: Operand; readonly what: Operand }

export type UpdateOperand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'ifNotExists'; readonly path: Path; readonly otherwise: UpdateOperand }
  | { readonly kind: 'append' | 'plus' | 'minus'; readonly left: UpdateOperand; readonly right: UpdateOperand }

export type UpdateAction =
  | { readonly kind: 'set'; readonly path: Path; readonly to: UpdateOperand }
  | { readonly kind: 'remove'; readonly path: Path }
  | { readonly kind: 'add' | 'delete'; readonly path: Path; readonly value: Value }

/** As the service writes a path in its messages. */
export const pathText = (path: Path): string =>
  `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`

/** All paths that a condition reads. */
export function* pathsOf(condition: Condition): Generator<Path> {
  switch (condition.kind) {
    case 'and':
    case 'or':
      yield* pathsOf(condition.left)
      yield* pathsOf(condition.right)
      break
    case 'not':
      yield* pathsOf(condition.of)
      break
    case 'exists':
      yield condition.path
      break
    case 'compare':
      yield* operandPaths(condition.left, condition.right)
      break
    case 'between':
      yield* operandPaths(condition.of, condition.low, condition.high)
      break
    case 'in':
      yield* operandPaths(condition.of, ...condition.among)
      break
    case 'type':
      yield* operandPaths(condition.of)
      break
    case 'beginsWith':
      yield* operandPaths(condition.of, condition.prefix)
      break
    case 'contains':
      yield* operandPaths(condition.of, condition.what)
  }
}

function* operandPaths(...operands: readonly Operand[]): Generator<Path> {
  for (const operand of operands) {
    if (operand.kind === 'path') yield operand.path
    else if (operand.kind === 'size') yield* operandPaths(operand.of)
  }
}
