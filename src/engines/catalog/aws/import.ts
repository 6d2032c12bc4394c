import {
  GetCatalogImportStatus$,
  type GetCatalogImportStatusRequest,
  type GetCatalogImportStatusResponse,
  ImportCatalogToGlue$,
  type ImportCatalogToGlueRequest,
  type ImportCatalogToGlueResponse,
} from '@aws-sdk/client-glue'
import { operation, refuseOtherCatalog } from './common.ts'

/** Athena never had a catalog of its own here, so there is nothing to be imported and all of it is. */
export const GetCatalogImportStatus = operation<GetCatalogImportStatusRequest, GetCatalogImportStatusResponse>({
  schema: GetCatalogImportStatus$,
  run(input) {
    refuseOtherCatalog(input)
    return { ImportStatus: { ImportCompleted: true } }
  },
})

export const ImportCatalogToGlue = operation<ImportCatalogToGlueRequest, ImportCatalogToGlueResponse>({
  schema: ImportCatalogToGlue$,
  run(input) {
    refuseOtherCatalog(input)
    return {}
  },
})
