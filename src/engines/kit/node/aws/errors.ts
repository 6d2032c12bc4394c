import { EngineError } from '../../pure/errors.ts'
import type { HttpAnswer } from './http.ts'
import { type Encoding, encodeBody } from './json.ts'
import type { AwsService, ErrorRequest } from './service.ts'
import { xmlDocument, xmlElement } from './xml.ts'

/** Codes that every AWS service shares, where the status is not 400 (AWS General Reference, "Common errors"). */
const STATUSES: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  AccessDeniedException: 400,
  InternalFailure: 500,
  InternalServerError: 500,
  InvalidAccessKeyId: 403,
  MissingAuthenticationToken: 403,
  RequestEntityTooLarge: 413,
  RequestTimeTooSkewed: 403,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
}

export function statusOf(service: AwsService | undefined, error: EngineError): number {
  const known = service?.statuses?.[error.code] ?? STATUSES[error.code]
  if (known !== undefined) return known
  if (error.domain === 'user') return 400
  return error.retry ? 503 : 500
}

/** An error in the form that a service's protocol gives it, so that the client's SDK makes its own class of it. */
export function answerError(
  service: AwsService | undefined,
  error: EngineError,
  request: ErrorRequest & { requestId: string; encoding: Encoding; head: boolean },
): HttpAnswer {
  const status = statusOf(service, error)
  const extra = service?.errorMembers?.(error, request) ?? {}
  const answer = bodyOf(service, error, request, status, extra)
  return { status, ...answer, body: request.head || status === 304 ? '' : answer.body, errorCode: error.code }
}

function bodyOf(
  service: AwsService | undefined,
  error: EngineError,
  request: { requestId: string; encoding: Encoding },
  status: number,
  extra: Record<string, unknown>,
): { headers: Record<string, string>; body: string | Uint8Array } {
  const { code, message } = error
  switch (service?.protocol) {
    case 'restXml': {
      const headers = { 'content-type': 'application/xml' }
      return {
        headers,
        body: xmlDocument(
          xmlElement('Error', { Code: code, Message: message, ...extra, RequestId: request.requestId }),
        ),
      }
    }
    case 'awsQuery': {
      const type = status < 500 ? 'Sender' : 'Receiver'
      const inner = xmlElement('Error', { Type: type, Code: code, Message: message, ...extra })
      const namespace = service.xmlNamespace ? ` xmlns="${service.xmlNamespace}"` : ''
      const root = `<ErrorResponse${namespace}>${inner}<RequestId>${request.requestId}</RequestId></ErrorResponse>`
      return { headers: { 'content-type': 'text/xml' }, body: root }
    }
    case 'restJson1': {
      const headers = { 'content-type': 'application/json', 'x-amzn-errortype': code }
      return { headers, body: encodeBody({ [service.messageMember ?? 'message']: message, ...extra }, 'json') }
    }
    default: {
      const older = service?.queryCodes
      const headers = {
        'content-type': rpcContentType(service, request.encoding),
        'x-amzn-errortype': code,
        ...(older && { 'x-amzn-query-error': `${older[code] ?? code};${status < 500 ? 'Sender' : 'Receiver'}` }),
      }
      const members = { __type: code, [service?.messageMember ?? 'message']: message, ...extra }
      return { headers, body: encodeBody(members, request.encoding) }
    }
  }
}

export function rpcContentType(service: AwsService | undefined, encoding: Encoding): string {
  const version = service?.protocol === 'awsJson1_0' ? '1.0' : '1.1'
  return `application/x-amz-${encoding}-${version}`
}

/** What was thrown, as the service says it. A bug of ours stays inside: the client learns no more than that there is one. */
export function toServiceError(
  service: AwsService,
  operation: string,
  thrown: unknown,
  report: (thrown: unknown) => void,
): EngineError {
  const error = EngineError.from(thrown)
  if (error.code === 'InternalFailure' && error.domain === 'internal') {
    report(thrown)
    return new EngineError('InternalFailure', 'The request processing has failed because of an unknown error.', {
      domain: 'internal',
    })
  }
  return service.error?.(error, operation) ?? error
}
