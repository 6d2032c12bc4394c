import { defineService } from '../kit/node/aws/service.ts'
import * as classifiers from './aws/classifiers.ts'
import * as connections from './aws/connections.ts'
import * as crawlers from './aws/crawlers.ts'
import * as databases from './aws/databases.ts'
import * as functions from './aws/functions.ts'
import * as imports from './aws/import.ts'
import { CreatePartitionIndex, DeletePartitionIndex, GetPartitionIndexes } from './aws/partition-indexes.ts'
import * as partitions from './aws/partitions.ts'
import * as registries from './aws/registries.ts'
import * as versions from './aws/schema-versions.ts'
import * as schemas from './aws/schemas.ts'
import * as statistics from './aws/statistics.ts'
import * as search from './aws/table-search.ts'
import * as tableVersions from './aws/table-versions.ts'
import * as tables from './aws/tables.ts'
import { GetTags, TagResource, UntagResource } from './aws/tags.ts'

/** Glue, API version 2017-03-31. What is not in the table is answered UnknownOperationException. */
export const service = defineService({
  name: 'Glue',
  protocol: 'awsJson1_1',
  validationCode: 'InvalidInputException',
  messageMember: 'Message',
  operations: {
    ...databases,
    ...tables,
    ...search,
    ...tableVersions,
    ...partitions,
    CreatePartitionIndex,
    DeletePartitionIndex,
    GetPartitionIndexes,
    ...functions,
    ...connections,
    ...statistics,
    ...imports,
    GetTags,
    TagResource,
    UntagResource,
    ...registries,
    ...schemas,
    ...versions,
    ...classifiers,
    ...crawlers,
  },
})
