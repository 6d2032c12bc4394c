import { fn, mapTree, nodeOf, number, operands, type Tree, visitTree } from '../../kit/node/sql/tree.ts'
import { TYPED } from './by-type.ts'

const CONCAT = 'trino_concat'
const typed = new Set(Object.keys(TYPED).map((name) => `trino_${name}`))
const VALUE_NAME = { name: 'trino_value', quoted: true, trailing_comments: [] }
const VALUE = { column: { name: VALUE_NAME } }

/**
 * A macro that chooses by type writes its arguments many times over, and one within another would write them many times many times. So an
 * argument that holds such a macro is worked out once, as the value of a lambda. A chain of `||` is first of all one of texts.
 */
export function once(tree: Tree): Tree {
  const chains = new WeakMap<Tree, readonly unknown[]>()
  return mapTree(tree, (node) => {
    const call = nodeOf(node)
    const name = String(call?.payload.name)
    if (call?.kind !== 'function' || !typed.has(name)) return node
    const args = call.payload.args as unknown[]
    if (name !== CONCAT) return called(name, args)
    const [left, right] = args
    const parts = [...(chains.get(left as Tree) ?? [left]), right]
    const made = parts.length === 2 && !parts.some(isHeavy) ? fn(name, ...parts) : chain(parts)
    chains.set(made, parts)
    return made
  }) as Tree
}

/** The call over members of a row that a lambda is given, where an argument holds such a macro. The lambda takes nothing from outside but what is written out. */
function called(name: string, args: readonly unknown[]): Tree {
  if (!args.some(isHeavy)) return fn(name, ...args)
  const given = args.filter((arg) => nodeOf(arg)?.kind !== 'literal')
  const members = args.map((arg) =>
    given.includes(arg) ? fn('struct_extract_at', VALUE, number(given.indexOf(arg) + 1)) : arg,
  )
  const each = { lambda: { parameters: [VALUE_NAME], body: fn(name, ...members), colon: false, parameter_types: [] } }
  return fn('list_extract', fn('list_transform', fn('list_value', fn('row', ...given)), each), number(1))
}

function chain(given: readonly unknown[]): Tree {
  const concat = (left: unknown, right: unknown) => ({ concat: operands(left, right) })
  const texts = given.map((operand) => fn('trino_as_text', operand)).reduce(concat)
  const [first, second, ...rest] = given
  return fn(
    'trino_if_texts',
    fn('row', ...given),
    texts,
    rest.reduce<Tree>((all, next) => called(CONCAT, [all, next]), called(CONCAT, [first, second])),
  )
}

function isHeavy(value: unknown): boolean {
  let heavy = false
  visitTree(value, (node) => {
    const call = nodeOf(node)
    heavy ||= call?.kind === 'function' && typed.has(String(call.payload.name))
  })
  return heavy
}
