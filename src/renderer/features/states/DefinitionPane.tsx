import { useMemo } from 'react'
import { findValue, lineAndColumn } from '../../../engines/kit/pure/document-text.ts'
import { jsonErrorOffset } from '../../../engines/kit/pure/json-place.ts'
import type { Diagnostic, Machine } from '../../../engines/states/contract.ts'
import { CodeEditor, type CodeEditorProps, type Marker } from '../../lib/code-editor/index.ts'
import { plural, useAction, useCall, useCommands, useDirty, useSettled } from '../../lib/index.ts'
import { Button, ErrorView, StateDot, Toolbar, ToolbarSpace } from '../../ui/index.ts'
import styles from './states.module.css'

export type Goto = NonNullable<CodeEditorProps['goto']>

/** The definition as text, checked as it is typed, with each error at its place. */
export function DefinitionPane({
  machine,
  text,
  onText,
  onSaved,
  goto,
  onGoto: go,
}: {
  machine: Machine
  text: string
  onText: (text: string) => void
  onSaved: () => void
  goto: Goto | null
  onGoto: (line: number, column: number) => void
}) {
  const dirty = text !== machine.definition
  useDirty(dirty)
  const settled = useSettled(text)
  const checks = useCall(
    (clients, signal) => clients.states.validate({ definition: settled, type: machine.type }, { signal }),
    [settled, machine.type],
  )
  const diagnostics = useMemo(
    () => (checks.data ?? []).map((each) => ({ ...each, ...placeOf(settled, each) })),
    [checks.data, settled],
  )
  const save = useAction(
    (clients, signal) => clients.states.updateMachine({ machineArn: machine.name, definition: text }, { signal }),
    { onDone: onSaved },
  )
  const run = () => void save.run()
  useCommands(
    () => [
      {
        id: 'states.save',
        title: 'Save definition',
        group: 'State machines',
        shortcut: 'Mod+S',
        overEditors: true,
        run,
      },
    ],
    [run],
  )
  const markers: Marker[] = diagnostics.map(({ message, severity, line, column }) => ({
    message,
    severity: severity === 'ERROR' ? 'error' : 'warning',
    line,
    column,
  }))
  const errors = diagnostics.filter(({ severity }) => severity === 'ERROR').length
  return (
    <div className={styles.column}>
      <Toolbar label="Definition">
        <Button variant="primary" disabled={!dirty || errors > 0} pending={save.pending} onClick={run}>
          Save
        </Button>
        {dirty && <Button onClick={() => onText(machine.definition)}>Revert</Button>}
        <ToolbarSpace />
        {errors > 0 ? (
          <StateDot state="bad" text={plural(errors, 'error')} />
        ) : diagnostics.length > 0 ? (
          <StateDot state="warn" text={plural(diagnostics.length, 'warning')} />
        ) : (
          <StateDot state="good" text={dirty ? 'Valid, not saved' : 'Valid'} />
        )}
      </Toolbar>
      {save.error && <ErrorView compact title="The definition was not saved" error={save.error} />}
      <div className={styles.fill}>
        <CodeEditor
          label={`Definition of ${machine.name}`}
          language="pipeline"
          value={text}
          onChange={onText}
          markers={markers}
          goto={goto}
        />
      </div>
      {diagnostics.length > 0 && (
        <ul className={styles.problems} aria-label="Problems of the definition">
          {diagnostics.map(({ severity, message, location = '', line, column }) => (
            <li key={`${location} ${message}`}>
              <button type="button" onClick={() => go(line, column)}>
                <StateDot state={severity === 'ERROR' ? 'bad' : 'warn'} text={severity} hideText /> {message}{' '}
                <code>{location || `line ${line}`}</code>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** Where a diagnostic's JSON pointer leads to in the text, or to the nearest place around it. */
function placeOf(text: string, { location }: Diagnostic): { line: number; column: number } {
  const broken = jsonErrorOffset(text)
  if (broken !== null) return lineAndColumn(text, broken)
  const path = (location ?? '')
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  for (let length = path.length; length > 0; length--) {
    const at = findValue(
      text,
      path.slice(0, length).map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
    )
    if (at >= 0) return lineAndColumn(text, at)
  }
  return { line: 1, column: 1 }
}
