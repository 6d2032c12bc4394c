import { Cable, ScanText } from 'lucide-react'
import type { Kept } from '../../../engines/catalog/contract.ts'
import { Buckets } from './Buckets.tsx'
import { Crawlers } from './crawlers/Crawlers.tsx'
import { Databases } from './Databases.tsx'
import { ClassifierDialog } from './kept/ClassifierDialog.tsx'
import { ConnectionDialog } from './kept/ConnectionDialog.tsx'
import { KeptSection } from './kept/KeptSection.tsx'
import { Registries } from './schemas/Registries.tsx'
import { WarehouseTables } from './WarehouseTables.tsx'

/** What there is: tables by name, the lake's buckets, the warehouse; crawlers, schemas and what else Glue keeps. */
export function CatalogExplorer() {
  return (
    <>
      <Databases />
      <Buckets />
      <WarehouseTables />
      <Crawlers />
      <KeptSection
        kind="classifier"
        title="Classifiers"
        icon={<ScanText size={14} />}
        hint="A classifier tells a crawler what files are that it does not know: logs by a pattern, CSV by its marks, JSON by a path."
        loss="Crawlers that name it fail until they are edited. Tables stay as they are."
        detail={classifierKind}
        Dialog={ClassifierDialog}
      />
      <Registries />
      <KeptSection
        kind="connection"
        title="Connections"
        icon={<Cable size={14} />}
        hint="A connection describes how jobs reach a database or a broker, for whoever asks the Glue API. Millrace itself connects to nothing by it."
        loss="Jobs that name it no longer find it."
        detail={({ document }) => (JSON.parse(document) as { ConnectionType?: string }).ConnectionType ?? ''}
        Dialog={ConnectionDialog}
      />
    </>
  )
}

const classifierKind = ({ document }: Kept): string =>
  ({ GrokClassifier: 'grok', CsvClassifier: 'CSV', JsonClassifier: 'JSON' })[
    Object.keys(JSON.parse(document) as object).find((name) => name.endsWith('Classifier')) ?? ''
  ] ?? ''
