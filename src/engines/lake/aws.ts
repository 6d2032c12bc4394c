import * as model from '@aws-sdk/client-s3'
import { s3Place } from '../kit/node/aws/s3-address.ts'
import { defineService, operationsOfModel } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { bucketOperations } from './aws/buckets.ts'
import { S3_NAMESPACE } from './aws/common.ts'
import { corsOperations } from './aws/cors.ts'
import { encryptionOperations } from './aws/encryption.ts'
import { lifecycleOperations } from './aws/lifecycle.ts'
import { listingOperations } from './aws/listings.ts'
import { notificationOperations } from './aws/notifications.ts'
import { objectOperations } from './aws/objects.ts'
import { selectOperations } from './aws/select.ts'
import { tagOperations } from './aws/tags.ts'
import { uploadOperations } from './aws/uploads.ts'
import { versionOperations } from './aws/versions.ts'

/** Amazon S3 over REST-XML, path style and virtual-host style. Statuses are those of the S3 API's list of error codes. */
export const service = defineService({
  name: 'S3',
  protocol: 'restXml',
  xmlNamespace: S3_NAMESPACE,
  model: operationsOfModel(model),
  place: s3Place,
  operations: {
    ...bucketOperations,
    ...objectOperations,
    ...listingOperations,
    ...uploadOperations,
    ...tagOperations,
    ...versionOperations,
    ...lifecycleOperations,
    ...notificationOperations,
    ...corsOperations,
    ...encryptionOperations,
    ...selectOperations,
  },
  statuses: {
    AccessForbidden: 403,
    AuthorizationQueryParametersError: 400,
    BucketAlreadyExists: 409,
    BucketAlreadyOwnedByYou: 409,
    BucketNotEmpty: 409,
    InvalidPartNumber: 416,
    InvalidRange: 416,
    MethodNotAllowed: 405,
    MissingContentLength: 411,
    NoSuchBucket: 404,
    NoSuchCORSConfiguration: 404,
    NoSuchKey: 404,
    NoSuchLifecycleConfiguration: 404,
    NoSuchTagSet: 404,
    NoSuchUpload: 404,
    NoSuchVersion: 404,
    NotImplemented: 501,
    NotModified: 304,
    PreconditionFailed: 412,
    ServiceUnavailable: 503,
    SlowDown: 503,
  },
  validationCode: 'InvalidArgument',
  error: (error) => {
    switch (error.code) {
      case 'InternalFailure':
        return new EngineError('InternalError', 'We encountered an internal error. Please try again.', {
          domain: 'internal',
          retry: true,
        })
      case 'RequestEntityTooLarge':
        return new EngineError('EntityTooLarge', `${error.message} Send it in parts.`)
      case 'ValidationException':
        return new EngineError('InvalidArgument', error.message)
      default:
        return error
    }
  },
  errorMembers: (_error, { path }) => ({ Resource: path }),
})
