import { EngineError } from '../kit/pure/errors.ts'

export const invalidJob = (message: string, field?: string): EngineError =>
  new EngineError('InvalidJobConfException', message, field === undefined ? {} : { at: { field } })

export const outputExists = (path: string): EngineError =>
  new EngineError('FileAlreadyExistsException', `Output directory ${path} already exists`, {
    at: { field: 'output.path' },
  })

export const noInput = (path: string): EngineError =>
  new EngineError('InvalidInputException', `Input path does not exist: ${path}`, { at: { field: 'input.paths' } })

export const unknownJob = (id: string): EngineError => new EngineError('JobNotFound', `There is no job ${id}.`)
