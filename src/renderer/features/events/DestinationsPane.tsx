import { Webhook } from 'lucide-react'
import { useState } from 'react'
import type { ApiDestination } from '../../../engines/events/contract.ts'
import { useCall } from '../../lib/index.ts'
import { type DataColumn, DataTable, EmptyState, ErrorView, Loading, Pane } from '../../ui/index.ts'
import { Chosen, moment } from './Chosen.tsx'
import { nameOf } from './useEvents.ts'

const AUTH = { API_KEY: 'API key', BASIC: 'basic', OAUTH_CLIENT_CREDENTIALS: 'OAuth client credentials' } as const

/** Addresses that rules may hand events to, with the connection that lets them in. */
export function DestinationsPane({ turn }: { turn: number }) {
  const [arn, setArn] = useState<string | null>(null)
  const found = useCall(
    ({ events }, signal) =>
      Promise.all([events.listApiDestinations({}, { signal }), events.listConnections({}, { signal })]),
    [turn],
  )
  if (found.error && !found.data) return <ErrorView title="The destinations cannot be listed" error={found.error} />
  if (!found.data) return <Loading />
  const [destinations, connections] = found.data
  if (destinations.length === 0)
    return (
      <EmptyState icon={<Webhook size={24} />} title="No API destinations">
        An API destination is an HTTP address that is asked for each event of a rule. Create-connection and
        create-api-destination of the AWS CLI make one.
      </EmptyState>
    )
  const connectionOf = ({ connectionArn }: ApiDestination) => connections.find((each) => each.arn === connectionArn)
  const columns: DataColumn<ApiDestination>[] = [
    { id: 'name', title: 'Destination', width: 180, value: ({ name }) => name },
    { id: 'method', title: 'Method', width: 80, value: ({ method }) => method },
    { id: 'endpoint', title: 'Address', width: 360, mono: true, value: ({ endpoint }) => endpoint },
    { id: 'connection', title: 'Connection', width: 140, value: (each) => connectionOf(each)?.name ?? 'deleted' },
    { id: 'rate', title: 'At most, /s', kind: 'number', width: 90, value: ({ ratePerSecond }) => ratePerSecond },
  ]
  const chosen = destinations.find((each) => each.arn === arn)
  const connection = chosen && connectionOf(chosen)
  return (
    <Pane>
      <DataTable
        label="API destinations"
        columns={columns}
        rows={destinations}
        rowKey={(each) => each.arn}
        selected={arn}
        onSelect={(each) => setArn(each.arn)}
      />
      {chosen && (
        <Chosen
          title="API destination"
          facts={[
            ['Name', chosen.name],
            ['Address', chosen.endpoint],
            ['Method', chosen.method],
            ['At most', `${chosen.ratePerSecond} a second`],
            ['Connection', connection?.name ?? nameOf(chosen.connectionArn)],
            connection !== undefined && ['Let in by', AUTH[connection.auth.kind]],
            ['Created', moment(chosen.createdMs)],
          ]}
          textTitle="Description"
          text={chosen.description}
          arn={chosen.arn}
          cli={`aws events describe-api-destination --name ${chosen.name}`}
        />
      )}
    </Pane>
  )
}
