import type { Clients } from '../../../engines/contract.ts'
import { documentFiles } from '../../lib/document-files.ts'
import { nameOf } from '../../lib/document-names.ts'
import { sampleDocument } from './model/sample.ts'
import { slug } from './model/suggest.ts'
import { documentText, emptyDocument } from './model/text.ts'

export const pipelineFiles = documentFiles('pipelines')

/** Writes a new pipeline file and opens it. */
export function createPipeline(clients: Clients, from: 'empty' | 'sample'): Promise<void> {
  return pipelineFiles.create(clients, from === 'sample' ? 'Web traffic' : 'Untitled', (path) => {
    const name = nameOf(path)
    return documentText(from === 'sample' ? sampleDocument(name, slug(name)) : emptyDocument(name))
  })
}
