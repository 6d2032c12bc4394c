import { FolderOpen } from 'lucide-react'
import { useRef, useState } from 'react'
import { ATTACHED, type ChosenReading } from '../../../../engines/catalog/contract.ts'
import type { EngineError } from '../../../../engines/kit/pure/errors.ts'
import { inElectron, useAction, useCall, useSettled } from '../../../lib/index.ts'
import { Button, EmptyState, Field, FormDialog, Input, Loading, Progress } from '../../../ui/index.ts'
import { openTable } from '../open.ts'
import { useChoosePart } from '../usePart.ts'
import styles from './attach.module.css'
import { nextCandidate, useAttachDialog } from './dialog.ts'
import { FoundRows } from './FoundRows.tsx'
import { Reading } from './Reading.tsx'
import { useCandidate } from './useCandidate.ts'

interface Choices {
  readonly source: string
  readonly chosen: ChosenReading
  readonly named: string | undefined
}
const NO_CHOICES: Choices = { source: '', chosen: {}, named: undefined }

/** Looks at a file or folder and makes it a table of `attached`. */
export function AttachDialog() {
  const { open, queue, total } = useAttachDialog()
  return (
    open && (
      <Dialog title={total > 1 ? `Attach file ${total - queue.length + 1} of ${total}` : 'Attach a file or folder'} />
    )
  )
}

function Dialog({ title }: { title: string }) {
  const candidate = useCandidate()
  const choosePart = useChoosePart()
  const source = useSettled(candidate.source)
  const [choices, setChoices] = useState<Choices>(NO_CHOICES)
  // What was chosen for another source says nothing of this one.
  const { chosen, named } = choices.source === source ? choices : NO_CHOICES
  const choose = (changes: Partial<Choices>) => setChoices({ source, chosen, named, ...changes })
  const look = useCall(
    (clients, signal) =>
      source.trim() === '' ? null : clients.catalog.inspectFile({ source, chosen, rows: 200 }, { signal }),
    [source, chosen],
  )
  const [doneBytes, setDoneBytes] = useState(0)
  const attach = useAction(
    async (clients, signal, name: string) => {
      const { source, reading } = look.data!
      for await (const item of clients.catalog.attachFile({ name, source, reading }, { signal })) {
        setDoneBytes(item.doneBytes)
        if (item.table) return item.table
      }
      return undefined
    },
    {
      onDone: (table) => {
        if (table?.attached?.source === look.data?.source) candidate.keep()
        else candidate.give()
        nextCandidate()
        if (!table) return
        choosePart('athena', ATTACHED, table.name, 'rows')
        openTable('athena', ATTACHED, table.name)
      },
    },
  )
  const close = () => {
    attach.cancel()
    candidate.give()
    nextCandidate()
  }
  // What was found before belongs to another source once this one is refused.
  const found = look.error && look.error.at?.field === 'source' ? undefined : look.data
  const name = named ?? found?.name ?? ''
  const problem = problemOf(candidate.upload.error ?? attach.error ?? look.error)
  const at = (field: string) => (problem?.field === field ? problem.message : undefined)
  const converting = attach.pending && found && !found.inPlace
  return (
    <FormDialog
      title={title}
      width={980}
      action="Attach"
      pending={attach.pending}
      disabled={!found || name === '' || candidate.source !== source || look.loading}
      error={problem?.field === undefined ? (attach.error ?? look.error) : undefined}
      failure="It was not attached"
      onClose={close}
      onConfirm={() => void attach.run(name)}
    >
      <div className={styles.source}>
        <Field label="File or folder" error={at('source')} help={sourceHelp(candidate.source)}>
          {(ids) => (
            <Input
              {...ids}
              mono
              value={candidate.source}
              placeholder="/home/ada/sales.csv"
              onChange={candidate.type}
              autoFocus
            />
          )}
        </Field>
        <Chooser onFiles={(files) => void candidate.choose(files)} />
        <Field label="Table" error={at('name')} help={name !== '' && `Queried as ${ATTACHED}.${name}`}>
          {(ids) => (
            <Input {...ids} mono value={name} disabled={!found} onChange={(typed) => choose({ named: typed })} />
          )}
        </Field>
      </div>
      {candidate.upload.pending ? (
        <div className={styles.waiting}>
          <Progress value={candidate.upload.share} label="Uploading into the lake" onCancel={close} />
        </div>
      ) : found ? (
        <>
          {found.reading.format !== 'parquet' && (
            <Reading
              found={found}
              problem={problem}
              onChange={(changes) => choose({ chosen: { ...chosen, types: undefined, ...changes } })}
            />
          )}
          {!found.inPlace && (
            <p className={styles.unclear}>
              This encoding cannot be read in place: the file is converted to UTF-8 into the lake, as s3://attached/
              {name}/.
            </p>
          )}
          <FoundRows found={found} onTypes={(types) => choose({ chosen: { ...chosen, types } })} />
          {converting && (
            <Progress
              value={Math.min(1, doneBytes / found.bytes)}
              label="Converting into the lake"
              onCancel={attach.cancel}
            />
          )}
        </>
      ) : look.loading && source.trim() !== '' ? (
        <div className={styles.waiting}>
          <Loading label="Looking at it…" />
        </div>
      ) : (
        <div className={styles.waiting}>
          <EmptyState icon={<FolderOpen size={20} />} title="Nothing is looked at yet">
            CSV, TSV, JSON and Parquet files, also packed with gzip or Zstandard, and folders of like files become
            tables for SQL.
          </EmptyState>
        </div>
      )}
    </FormDialog>
  )
}

function problemOf(error: EngineError | undefined): { field?: string; message: string } | undefined {
  const field = error?.at?.field
  const shown = field !== undefined && ['source', 'name', 'encoding', 'format'].includes(field)
  return error && { ...(shown && { field }), message: error.message }
}

function sourceHelp(source: string): string {
  if (source.startsWith('s3://attached/uploads/'))
    return 'A browser tells no path, so the file was copied into the lake. Paste its path to read it where it lies.'
  if (source.startsWith('s3://')) return 'An object of the lake, read where it lies.'
  return 'The whole path on this machine. It is read where it lies and never written.'
}

/** Chooses files: their paths in the desktop’s window, their bytes in a browser. */
function Chooser({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const picker = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button className={styles.choose} onClick={() => picker.current?.click()}>
        {inElectron() ? 'Choose…' : 'Upload…'}
      </Button>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label="Files to attach"
        onChange={(event) => {
          if (event.target.files?.length) onFiles([...event.target.files])
          event.target.value = ''
        }}
      />
    </>
  )
}
