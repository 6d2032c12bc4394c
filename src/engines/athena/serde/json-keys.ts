import { literal } from '../../kit/node/duck.ts'
import type { HiveType } from '../../kit/node/sql/types.ts'

/** A key that is twice in one object of a JSON text, of those objects that columns and their fields are read from; NULL where there is none. */
export function keyTwice(text: string, keys: readonly string[], types: readonly HiveType[]): string {
  const places = keys.flatMap((key, i) => objectPlaces(types[i], `$.${JSON.stringify(key)}`, false))
  const lists = [{ path: '$', many: false }, ...places].map(({ path, many }) => {
    const found = `json_keys(${text}, ${literal(path)})`
    return many ? found : `[${found}]`
  })
  const again = 'list_filter(k, lambda name, i: list_position(k, name) < i)'
  return `flatten(list_transform(list_concat(${lists.join(', ')}), lambda k: ${again}))[1]`
}

/** A path of DuckDB's to one object or, with `*` in it, to many. */
interface Place {
  readonly path: string
  readonly many: boolean
}

/** Where a value of the type has objects. */
function objectPlaces(type: HiveType, path: string, many: boolean): Place[] {
  switch (type.kind) {
    case 'plain':
      return []
    case 'array':
      return objectPlaces(type.of, `${path}[*]`, true)
    case 'map':
      return [{ path, many }, ...objectPlaces(type.value, `${path}.*`, true)]
    case 'struct': {
      const within = type.fields.flatMap((field) =>
        objectPlaces(field.type, `${path}.${JSON.stringify(field.name)}`, many),
      )
      return [{ path, many }, ...within]
    }
  }
}
