import { Buckets } from './Buckets.tsx'
import { Crawlers } from './crawlers/Crawlers.tsx'
import { Databases } from './Databases.tsx'
import { Registries } from './schemas/Registries.tsx'
import { WarehouseTables } from './WarehouseTables.tsx'

/** What there is: tables by name, the lake's buckets, the warehouse; crawlers and schemas. */
export function CatalogExplorer() {
  return (
    <>
      <Databases />
      <Buckets />
      <WarehouseTables />
      <Crawlers />
      <Registries />
    </>
  )
}
