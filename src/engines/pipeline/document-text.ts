import { readDocument } from '../kit/pure/document-text.ts'
import { PIPELINE_FORMAT, PipelineDocument } from './document.ts'

/** Reads the text of a pipeline file; see `readDocument` for what is said of a damaged one. */
export function parsePipeline(text: string, file: string): PipelineDocument {
  return readDocument(text, file, { schema: PipelineDocument, format: PIPELINE_FORMAT })
}
