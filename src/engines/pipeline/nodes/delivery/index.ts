import { defineNode } from '../define.ts'
import { fixedPrefix } from '../kit/objects.ts'
import { accountDelivery } from './account.ts'
import { askDelivery, checkDelivery, deliveryConfig } from './config.ts'
import { deliver } from './deliver.ts'
import { prepareDelivery } from './prepare.ts'

export const delivery = defineNode({
  kind: 'delivery',
  title: 'Delivery stream',
  service: 'Data Firehose',
  summary: 'Transforms records, buffers them by size or time, and lands them in the lake as Parquet or JSON.',
  group: 'Delivery',
  icon: 'truck',
  inputs: [{ name: 'in', type: 'records', required: true, many: true }],
  outputs: [{ name: 'out', type: 'relation', title: 'Delivered files' }],
  version: 1,
  config: deliveryConfig,
  behaviour: {
    owns: (config) => [`delivery stream "${config.name}"`],
    check: checkDelivery,
    ask: askDelivery,
    prepare: prepareDelivery,
    run: deliver,
    account: accountDelivery,
    reference: (config) => ({
      type: 'files',
      location: `s3://${config.bucket}/${fixedPrefix(config.prefix)}`,
      format: config.format,
    }),
  },
})
