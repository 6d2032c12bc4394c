import { useEffect, useState } from 'react'
import type { Crawler, CrawlerInput } from '../../../../engines/catalog/contract.ts'
import { openView, useAction, useCall } from '../../../lib/index.ts'
import { Button, Combobox, Dialog, ErrorView, Field, Input, Select, TextArea } from '../../../ui/index.ts'
import styles from '../catalog.module.css'
import { useCrawlerDialog } from './dialog.ts'

const SCHEDULES = [
  { value: '', label: 'On demand' },
  { value: 'cron(0 * * * ? *)', label: 'Every hour' },
  { value: 'cron(0 3 * * ? *)', label: 'Every day at 03:00 UTC' },
  { value: 'cron(0 3 ? * MON *)', label: 'Mondays at 03:00 UTC' },
]
const UPDATES = [
  { value: 'UPDATE_IN_DATABASE', label: 'Update the table' },
  { value: 'LOG', label: 'Only report it' },
] as const
const DELETES = [
  { value: 'DEPRECATE_IN_DATABASE', label: 'Mark the table as deprecated' },
  { value: 'DELETE_FROM_DATABASE', label: 'Delete it from the catalog' },
  { value: 'LOG', label: 'Only report it' },
] as const
const RECRAWLS = [
  { value: 'CRAWL_EVERYTHING', label: 'All folders' },
  { value: 'CRAWL_NEW_FOLDERS_ONLY', label: 'New folders only' },
] as const

type Form = ReturnType<typeof formOf>

function formOf(crawler: Crawler | undefined) {
  return {
    name: crawler?.name ?? '',
    database: crawler?.database ?? 'default',
    paths: crawler?.targets.map(({ path }) => path).join('\n') ?? '',
    exclusions: crawler?.targets[0]?.exclusions.join('\n') ?? '',
    tablePrefix: crawler?.tablePrefix ?? '',
    schedule: crawler?.schedule ?? '',
    updateBehavior: crawler?.updateBehavior ?? ('UPDATE_IN_DATABASE' as const),
    deleteBehavior: crawler?.deleteBehavior ?? ('DEPRECATE_IN_DATABASE' as const),
    recrawl: crawler?.recrawl ?? ('CRAWL_EVERYTHING' as const),
  }
}

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

function inputOf(form: Form, old: Crawler | undefined): CrawlerInput {
  const { paths, exclusions, schedule, ...rest } = form
  // New folders never change what is there: Glue asks for these two.
  const onlyNew = form.recrawl === 'CRAWL_NEW_FOLDERS_ONLY'
  return {
    ...rest,
    ...(onlyNew && { updateBehavior: 'LOG', deleteBehavior: 'LOG' }),
    role: old?.role ?? 'local',
    classifiers: old?.classifiers ?? [],
    targets: lines(paths).map((path) => {
      const sampleSize = old?.targets.find((target) => target.path === path)?.sampleSize
      return { path, exclusions: lines(exclusions), ...(sampleSize !== undefined && { sampleSize }) }
    }),
    ...(schedule !== '' && { schedule }),
    ...(old?.description !== undefined && { description: old.description }),
    ...(old?.configuration !== undefined && { configuration: old.configuration }),
  }
}

/** Makes a crawler, or changes one. */
export function CrawlerDialog() {
  const { open, crawler } = useCrawlerDialog()
  const [form, setForm] = useState(() => formOf(crawler))
  useEffect(() => {
    if (open) setForm(formOf(crawler))
  }, [open, crawler])
  const change = (changes: Partial<Form>) => setForm((before) => ({ ...before, ...changes }))
  const databases = useCall((clients, signal) => (open ? clients.catalog.listDatabases({}, { signal }) : null), [open])
  const folders = useFolders(open)
  const save = useAction(
    (clients, signal) =>
      crawler
        ? clients.catalog.updateCrawler(inputOf(form, crawler), { signal })
        : clients.catalog.createCrawler(inputOf(form, undefined), { signal }),
    {
      onDone: ({ name }) => {
        close()
        openView('catalog.crawler', { crawler: name })
      },
    },
  )
  const close = () => {
    save.reset()
    useCrawlerDialog.setState({ open: false })
  }
  const ready = form.name !== '' && form.database !== '' && lines(form.paths).length > 0
  const onlyNew = form.recrawl === 'CRAWL_NEW_FOLDERS_ONLY'
  return (
    <Dialog
      open={open}
      onClose={close}
      width={560}
      title={crawler ? `Edit crawler ${crawler.name}` : 'Create crawler'}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" pending={save.pending} disabled={!ready} onClick={() => void save.run()}>
            {crawler ? 'Save' : 'Create'}
          </Button>
        </>
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (ready) void save.run()
        }}
      >
        {save.error && <ErrorView compact title="The crawler was not saved" error={save.error} />}
        {!crawler && (
          <Field label="Name">
            {({ invalid: _, ...ids }) => (
              <Input {...ids} value={form.name} onChange={(name) => change({ name })} autoFocus />
            )}
          </Field>
        )}
        <Field label="Add a folder" help="Of the lake's buckets; a path may also be typed below.">
          {({ invalid: _, ...ids }) => (
            <Combobox
              {...ids}
              mono
              value=""
              placeholder="Choose…"
              options={folders}
              onChange={(path) => path && change({ paths: [...lines(form.paths), path].join('\n') })}
            />
          )}
        </Field>
        <Field label="Paths" help="One a line, such as s3://bucket/folder/">
          {({ invalid: _, ...ids }) => (
            <TextArea {...ids} mono rows={2} value={form.paths} onChange={(paths) => change({ paths })} />
          )}
        </Field>
        <Field label="Exclusions" help="Globs below the paths, one a line: **.tmp, archive/**">
          {({ invalid: _, ...ids }) => (
            <TextArea
              {...ids}
              mono
              rows={2}
              value={form.exclusions}
              onChange={(exclusions) => change({ exclusions })}
            />
          )}
        </Field>
        <div className={styles.pair}>
          <Field label="Database" help="Made where it is not there">
            {({ invalid: _, ...ids }) => (
              <Combobox
                {...ids}
                free
                value={form.database}
                options={(databases.data ?? []).map(({ name }) => ({ value: name, label: name }))}
                onChange={(database) => change({ database })}
              />
            )}
          </Field>
          <Field label="Prefix of table names">
            {({ invalid: _, ...ids }) => (
              <Input {...ids} value={form.tablePrefix} onChange={(tablePrefix) => change({ tablePrefix })} />
            )}
          </Field>
          <Field label="Schedule" help="cron(minutes hours day month weekday year)">
            {({ invalid: _, ...ids }) => (
              <Combobox
                {...ids}
                free
                value={form.schedule}
                placeholder="On demand"
                options={SCHEDULES}
                onChange={(schedule) => change({ schedule })}
              />
            )}
          </Field>
          <Field label="Each run reads">
            {({ invalid: _, ...ids }) => (
              <Select {...ids} value={form.recrawl} options={RECRAWLS} onChange={(recrawl) => change({ recrawl })} />
            )}
          </Field>
          <Field label="When a schema changes">
            {({ invalid: _, ...ids }) => (
              <Select
                {...ids}
                disabled={onlyNew}
                value={onlyNew ? 'LOG' : form.updateBehavior}
                options={UPDATES}
                onChange={(updateBehavior) => change({ updateBehavior })}
              />
            )}
          </Field>
          <Field label="When files are gone">
            {({ invalid: _, ...ids }) => (
              <Select
                {...ids}
                disabled={onlyNew}
                value={onlyNew ? 'LOG' : form.deleteBehavior}
                options={DELETES}
                onChange={(deleteBehavior) => change({ deleteBehavior })}
              />
            )}
          </Field>
        </div>
      </form>
    </Dialog>
  )
}

/** The buckets and the folders at their top. */
function useFolders(open: boolean) {
  const call = useCall(
    async (clients, signal) => {
      if (!open) return []
      const buckets = await clients.lake.listBuckets({}, { signal })
      const pages = await Promise.all(
        buckets.map(async ({ name }) => {
          const { commonPrefixes } = await clients.lake.listObjects({ bucket: name, delimiter: '/' }, { signal })
          return [`s3://${name}/`, ...commonPrefixes.map((prefix) => `s3://${name}/${prefix}`)]
        }),
      )
      return pages.flat().map((path) => ({ value: path, label: path }))
    },
    [open],
  )
  return call.data ?? []
}
