import { Save } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import { CodeEditor } from '../../lib/code-editor/index.ts'
import { notifyError, useAction, useCall, useCommands, useDirty } from '../../lib/index.ts'
import { Button, ErrorView, IconButton, Loading, Pane, Select, Toolbar, ToolbarSpace } from '../../ui/index.ts'
import styles from './functions.module.css'
import { languageOf } from './templates.ts'

export interface CodePaneProps {
  name: string
  handler: string
  onSaver: (save: () => () => Promise<unknown>) => void
}

/** The files of a function, one at a time. They are the workspace's: another editor may have them open too. */
export function CodePane({ name, handler, onSaver }: CodePaneProps) {
  const files = useCall((clients, signal) => clients.functions.listFiles({ name }, { signal }), [name])
  const [chosen, setChosen] = useState<string | null>(null)
  if (files.error && !files.data) return <ErrorView compact title="The code cannot be listed" error={files.error} />
  if (!files.data) return <Loading />
  const paths = files.data.map(({ path }) => path)
  const module = handler.slice(0, handler.indexOf('.', handler.lastIndexOf('/') + 1))
  const path = paths.find((each) => each === chosen) ?? paths.find((each) => each.startsWith(`${module}.`)) ?? paths[0]
  if (path === undefined)
    return (
      <div className={styles.note}>
        There is no code in functions/{name}/. Put a file there that exports {handler}.
      </div>
    )
  return <FilePane key={path} {...{ name, path, paths, onSaver }} onPath={setChosen} />
}

function FilePane({
  name,
  path,
  paths,
  onPath,
  onSaver,
}: Omit<CodePaneProps, 'handler'> & { path: string; paths: string[]; onPath: (path: string) => void }) {
  const file = useCall((clients, signal) => clients.functions.readFile({ name, path }, { signal }), [name, path])
  const [draft, setDraft] = useState<string | null>(null)
  const [revision, setRevision] = useState<string>()
  const text = draft ?? file.data?.text ?? ''
  const dirty = draft !== null && draft !== file.data?.text
  useDirty(dirty)
  const write = useAction(
    (clients, signal, written: string) =>
      clients.functions.writeFile(
        {
          name,
          path,
          text: written,
          ...((revision ?? file.data?.revision) && { revision: revision ?? file.data?.revision }),
        },
        { signal },
      ),
    {
      onDone: (saved) => {
        setRevision(saved.revision)
        file.reload()
      },
      onError: (error) => notifyError(`${path} was not saved`, error),
    },
  )
  const { run } = write
  const save = useCallback(async () => {
    if (dirty) await run(text)
  }, [dirty, run, text])
  useEffect(() => onSaver(() => save), [onSaver, save])
  useCommands(
    () => [
      {
        id: 'functions.save',
        title: 'Save function',
        group: 'Functions',
        shortcut: 'Mod+S',
        overEditors: true,
        run: () => void save(),
      },
    ],
    [save],
  )
  return (
    <Pane>
      <Toolbar label="Code">
        <Select
          quiet
          label="File"
          value={path}
          options={paths.map((each) => ({ value: each, label: each }))}
          onChange={onPath}
        />
        <IconButton
          icon={<Save size={14} />}
          label="Save function"
          shortcut="Mod+S"
          disabled={!dirty}
          onClick={() => void save()}
        />
        <ToolbarSpace />
        {dirty && <span className={styles.quiet}>not saved</span>}
        {write.error?.code === 'Conflict' && (
          <Button
            onClick={() => {
              setDraft(null)
              setRevision(undefined)
              file.reload()
            }}
          >
            Reload
          </Button>
        )}
      </Toolbar>
      {file.error && !file.data ? (
        <ErrorView compact title={`${path} cannot be read`} error={file.error} />
      ) : !file.data ? (
        <Loading />
      ) : (
        <div className={styles.editor}>
          <CodeEditor label={`Code of ${name}`} language={languageOf(path)} value={text} onChange={setDraft} />
        </div>
      )}
    </Pane>
  )
}
