import { describe, expect, it } from 'vitest'
import { jqFields } from '../../src/engines/firehose/aws/jq.ts'
import { s3Destination } from '../../src/engines/firehose/aws/s3.ts'
import { objectName, Prefix } from '../../src/engines/firehose/prefix.ts'

const timeMs = Date.UTC(2018, 7, 27, 20, 30)
const values = { timeMs, random: () => 'abcdefghijk' }

describe('prefixes, as the table in the Firehose guide evaluates them', () => {
  it.each([
    ['', '2018/08/27/20/'],
    ['plain/', 'plain/2018/08/27/20/'],
    ['myFirehosePrefix', 'myFirehosePrefix2018/08/27/20/'],
    ["myPrefix/!{timestamp:'year='yyyy'/month='MM'/day='dd'/hour='HH/}", 'myPrefix/year=2018/month=08/day=27/hour=20/'],
    ['year=!{timestamp:yyyy}/month=!{timestamp:MM}/', 'year=2018/month=08/'],
    ['!{firehose:random-string}/!{timestamp:yyyy-MM-dd}/', 'abcdefghijk/2018-08-27/'],
    ['!{firehose:random-string}/', 'abcdefghijk/2018/08/27/20/'],
  ])('%s', (text, expected) => {
    expect(Prefix.parse(text, 'Prefix').evaluate(values)).toBe(expected)
  })

  it.each([
    ['', 'processing-failed/2018/08/27/20/'],
    ['bad/', 'bad/processing-failed/2018/08/27/20/'],
    ['bad/!{firehose:error-output-type}/', 'bad/processing-failed/'],
    ['bad/!{firehose:error-output-type}/!{timestamp:yyyy}/', 'bad/processing-failed/2018/'],
  ])('error prefix %s', (text, expected) => {
    expect(Prefix.parse(text, 'ErrorOutputPrefix').evaluate({ ...values, errorType: 'processing-failed' })).toBe(
      expected,
    )
  })

  it('names objects by stream, version, time and id', () => {
    expect(objectName('flights', '3', timeMs, 'u-1', '.parquet')).toBe('flights-3-2018-08-27-20-30-00-u-1.parquet')
  })
})

describe('destinations in AWS form', () => {
  const RoleARN = 'arn:aws:iam::000000000000:role/r'
  const BucketARN = 'arn:aws:s3:::lake'
  const base = { RoleARN, BucketARN }

  it('reads the jq that partitioning queries mostly are, and names what it does not', () => {
    expect(jqFields('{day:.date[0:10], who:.user.id|tostring, "hour":.t|strftime("%H")}')).toEqual({
      day: 'substr("date", 1, 10)',
      who: 'CAST("user"."id" AS varchar)',
      hour: `date_format(from_unixtime("t"), '%H')`,
    })
    expect(() => jqFields('{x:.a|fromjson}')).toThrow(/the jq filter "fromjson"/)
    expect(() => jqFields('.a')).toThrow(/must be an object/)
  })

  it.each([
    [{ ...base, BufferingHints: { SizeInMBs: 5 } }, /BufferingHints/],
    [{ ...base, BucketARN: 'lake' }, /BucketARN/],
    [{ ...base, DataFormatConversionConfiguration: { Enabled: true } }, /SchemaConfiguration|SizeInMBs/],
    [
      { ...base, ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'Lambda' as const }] } },
      /Lambda\.LambdaArn/,
    ],
  ])('refuses what is not honoured, by name: %#', (config, message) => {
    expect(() => s3Destination(config)).toThrow(message)
  })
})
