import { useEffect, useState } from 'react'
import { useAction, useCall } from '../../lib/index.ts'
import { Field, FormDialog, Input, NumberInput } from '../../ui/index.ts'
import { useClusterName } from './shownCluster.ts'

interface Values {
  permission: string
  owner: string
  group: string
  replication: number | null
  names: number | null
  spaceMiB: number | null
}

const MIB = 1024 * 1024

/** Who owns a file or folder, who may do what, how many replicas it has, and how much it may take. */
export function PropertiesDialog({ path, onClose }: { path: string; onClose: () => void }) {
  const cluster = useClusterName()
  const known = useCall(
    async ({ hdfs }, signal) => {
      const [status, summary] = await Promise.all([
        hdfs.status({ cluster, path }, { signal }),
        hdfs.summary({ cluster, path }, { signal }),
      ])
      const values: Values = {
        permission: status.permission.toString(8).padStart(3, '0'),
        owner: status.owner,
        group: status.group,
        replication: status.replication,
        names: summary.nameQuota,
        spaceMiB: summary.spaceQuota === null ? null : summary.spaceQuota / MIB,
      }
      return { values, isFile: status.kind === 'file' }
    },
    [cluster, path],
  )
  const [values, setValues] = useState<Values | null>(null)
  useEffect(() => setValues(known.data?.values ?? null), [known.data])
  const before = known.data?.values
  const apply = useAction(
    async ({ hdfs }) => {
      if (!values || !before) return
      const { permission, owner, group, replication, names, spaceMiB } = values
      if (permission !== before.permission)
        await hdfs.setPermission({ cluster, path, permission: Number.parseInt(permission, 8) })
      if (owner !== before.owner || group !== before.group) await hdfs.setOwner({ cluster, path, owner, group })
      if (replication !== before.replication && replication !== null)
        await hdfs.setReplication({ cluster, path, replication })
      if (names !== before.names || spaceMiB !== before.spaceMiB)
        await hdfs.setQuota({
          cluster,
          path,
          nameQuota: names,
          spaceQuota: spaceMiB === null ? null : Math.round(spaceMiB * MIB),
        })
    },
    { onDone: onClose },
  )
  const set = (change: Partial<Values>) => setValues((now) => now && { ...now, ...change })
  const isOctal = values !== null && /^[0-7]{3,4}$/.test(values.permission)
  return (
    <FormDialog
      title={path}
      action="Apply"
      disabled={!isOctal}
      pending={apply.pending}
      error={apply.error ?? known.error}
      failure="Not all of it was changed"
      onClose={onClose}
      onConfirm={() => void apply.run()}
    >
      {values && (
        <>
          {known.data?.isFile && (
            <Field
              label="Replication"
              help="Replicas of each block. More are copied, fewer are deleted, in the background."
            >
              {(ids) => (
                <NumberInput
                  {...ids}
                  min={1}
                  max={512}
                  value={values.replication}
                  onChange={(replication) => set({ replication })}
                />
              )}
            </Field>
          )}
          <Field
            label="Permission"
            help="Octal, as of chmod: 644, 755, 1777."
            error={isOctal ? undefined : 'Three or four digits from 0 to 7'}
          >
            {(ids) => <Input {...ids} mono value={values.permission} onChange={(permission) => set({ permission })} />}
          </Field>
          <Field label="Owner">
            {(ids) => <Input {...ids} value={values.owner} onChange={(owner) => set({ owner })} />}
          </Field>
          <Field label="Group">
            {(ids) => <Input {...ids} value={values.group} onChange={(group) => set({ group })} />}
          </Field>
          {known.data && !known.data.isFile && (
            <>
              <Field label="Name quota" help="Files and folders in it, itself among them. Empty: no limit.">
                {(ids) => <NumberInput {...ids} min={1} value={values.names} onChange={(names) => set({ names })} />}
              </Field>
              <Field label="Space quota" help="Of all replicas together. Empty: no limit.">
                {(ids) => (
                  <NumberInput
                    {...ids}
                    min={0}
                    unit="MiB"
                    value={values.spaceMiB}
                    onChange={(spaceMiB) => set({ spaceMiB })}
                  />
                )}
              </Field>
            </>
          )}
        </>
      )}
    </FormDialog>
  )
}
