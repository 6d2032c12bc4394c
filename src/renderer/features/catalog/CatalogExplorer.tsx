import { Buckets } from './Buckets.tsx'
import { Databases } from './Databases.tsx'
import { WarehouseTables } from './WarehouseTables.tsx'

/** What there is: tables by name, the lake's buckets, the warehouse. */
export function CatalogExplorer() {
  return (
    <>
      <Databases />
      <Buckets />
      <WarehouseTables />
    </>
  )
}
