import { runCommand, useCommandSets } from '../lib/commands.ts'
import { Kbd } from '../ui/index.ts'

const SUGGESTIONS = ['shell.palette', 'builder.new', 'sql.new', 'dashboards.new', 'home.open']

/** The centre when no tab is open: what can be opened, with its keys. */
export function Watermark() {
  const sets = useCommandSets((state) => state.sets)
  const commands = SUGGESTIONS.flatMap((id) => sets.flat().findLast((command) => command.id === id) ?? [])
  return (
    <div className="mr-watermark">
      {commands.map((command) => (
        <button key={command.id} type="button" onClick={() => runCommand(command.id)}>
          <span>{command.title}</span>
          {command.shortcut && <Kbd keys={command.shortcut.split(' ')[0]} />}
        </button>
      ))}
    </div>
  )
}
