import { useEffect, useState } from 'react'
import { openView, useAction, useCall } from '../../../lib/index.ts'
import { Checkbox, Combobox, Field, FieldRow, FormDialog, NumberInput, Select } from '../../../ui/index.ts'
import styles from '../catalog.module.css'
import { linesOf } from '../lines.ts'
import { TextField } from '../TextField.tsx'
import { crawlerDialog } from './dialog.ts'
import { type CrawlerForm, formOf, inputOf, isReady } from './form.ts'

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

const GROUPINGS = [
  { value: 'similar', label: 'Of files that are alike', detail: 'others become tables of their own' },
  { value: 'combine', label: 'Of files that fit together', detail: 'one table of all compatible schemas' },
] as const
const NEW_COLUMNS = [
  { value: 'replace', label: 'As the files have them' },
  { value: 'merge', label: 'Keep, and add new ones' },
] as const

/** Makes a crawler, or changes one. */
export function CrawlerDialog() {
  const asked = crawlerDialog.useAsked()
  const open = asked !== null
  const crawler = asked?.crawler
  const [form, setForm] = useState(() => formOf(crawler))
  useEffect(() => {
    if (asked) setForm(formOf(asked.crawler))
  }, [asked])
  const change = (changes: Partial<CrawlerForm>) => setForm((before) => ({ ...before, ...changes }))
  const databases = useCall((clients, signal) => (open ? clients.catalog.listDatabases({}, { signal }) : null), [open])
  const folders = useFolders(open)
  const classifiers = useCall(
    (clients, signal) => (open ? clients.catalog.listKept({ kind: 'classifier' }, { signal }) : null),
    [open],
  )
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
    crawlerDialog.close()
  }
  const onlyNew = form.recrawl === 'CRAWL_NEW_FOLDERS_ONLY'
  const names = [...new Set([...form.classifiers, ...(classifiers.data ?? []).map(({ name }) => name)])]
  return (
    <FormDialog
      open={open}
      width={640}
      title={crawler ? `Edit crawler ${crawler.name}` : 'Create crawler'}
      action={crawler ? 'Save' : 'Create'}
      disabled={!isReady(form)}
      pending={save.pending}
      error={save.error}
      failure="The crawler was not saved"
      onClose={close}
      onConfirm={() => void save.run()}
    >
      {!crawler && <TextField label="Name" value={form.name} onChange={(name) => change({ name })} autoFocus />}
      <Field label="Add a folder" help="Of the lake's buckets; a path may also be typed below.">
        {({ invalid: _, ...ids }) => (
          <Combobox
            {...ids}
            mono
            value=""
            placeholder="Choose…"
            options={folders}
            onChange={(path) => path && change({ paths: [...linesOf(form.paths), path].join('\n') })}
          />
        )}
      </Field>
      <FieldRow pairs>
        <TextField
          label="Paths"
          help="One a line: s3://bucket/folder/"
          mono
          rows={3}
          value={form.paths}
          onChange={(paths) => change({ paths })}
        />
        <TextField
          label="Exclusions"
          help="Globs, one a line: **.tmp, archive/**"
          mono
          rows={3}
          value={form.exclusions}
          onChange={(exclusions) => change({ exclusions })}
        />
      </FieldRow>
      {names.length > 0 && (
        <Field label="Classifiers" help="Asked in the order in which they were chosen, before the built-in ones">
          {() => (
            <div className={styles.choices}>
              {names.map((name) => {
                const place = form.classifiers.indexOf(name)
                const others = form.classifiers.filter((other) => other !== name)
                return (
                  <Checkbox
                    key={name}
                    checked={place >= 0}
                    onChange={(on) => change({ classifiers: on ? [...others, name] : others })}
                  >
                    {name}
                    {place >= 0 && <span className={styles.quiet}> {place + 1}</span>}
                  </Checkbox>
                )
              })}
            </div>
          )}
        </Field>
      )}
      <FieldRow pairs>
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
        <TextField
          label="Prefix of table names"
          value={form.tablePrefix}
          onChange={(tablePrefix) => change({ tablePrefix })}
        />
        <Field label="A table is made">
          {({ invalid: _, ...ids }) => (
            <Select {...ids} value={form.grouping} options={GROUPINGS} onChange={(grouping) => change({ grouping })} />
          )}
        </Field>
        <Field label="Tables lie at level" help="1 is the bucket; found by itself where empty">
          {({ invalid: _, ...ids }) => (
            <NumberInput {...ids} min={1} value={form.level} onChange={(level) => change({ level })} />
          )}
        </Field>
        <Field label="Columns of a table that is there">
          {({ invalid: _, ...ids }) => (
            <Select
              {...ids}
              value={form.newColumns}
              options={NEW_COLUMNS}
              onChange={(newColumns) => change({ newColumns })}
            />
          )}
        </Field>
        <Field label="Files read of a folder" help="All where empty">
          {({ invalid: _, ...ids }) => (
            <NumberInput {...ids} min={1} value={form.sampleSize} onChange={(sampleSize) => change({ sampleSize })} />
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
      </FieldRow>
      <Checkbox checked={form.indexed} onChange={(indexed) => change({ indexed })}>
        Index the partitions of new tables
      </Checkbox>
    </FormDialog>
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
