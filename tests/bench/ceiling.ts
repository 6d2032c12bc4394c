import { createServer } from 'node:http'

/**
 * What a Node server can take at most: it reads the bodies of PutRecords, parses them and decodes the base64 of every record, and no
 * more. Argument: the port.
 */
const answer = Buffer.from('{"FailedRecordCount":0}')

createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const { Records } = JSON.parse(Buffer.concat(chunks).toString()) as { Records: { Data: string }[] }
    let bytes = 0
    for (const { Data } of Records) bytes += Buffer.from(Data, 'base64').length
    response.writeHead(bytes > 0 ? 200 : 400, {
      'Content-Type': 'application/x-amz-json-1.1',
      'Content-Length': answer.length,
    })
    response.end(answer)
  })
}).listen(Number(process.argv[2]), '127.0.0.1')
