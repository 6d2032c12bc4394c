import { Moon, PanelBottom, PanelLeft, PanelRight, Search, Sun } from 'lucide-react'
import { runCommand, shortcutOf } from '../lib/commands.ts'
import { useTheme } from '../lib/theme.ts'
import { IconButton, Kbd } from '../ui/index.ts'
import { ClockControls } from './ClockControls.tsx'
import styles from './TitleBar.module.css'
import { useWorkspace } from './workspace.ts'

/** The workspace's name, the way to every command, the clock, and the panes. */
export function TitleBar() {
  const { info } = useWorkspace()
  const theme = useTheme()
  return (
    <header className={styles.bar}>
      <div className={styles.name} title={info?.directory}>
        <Mark />
        <span className={styles.product}>Millrace</span>
        {info && <span className={styles.workspace}>{info.name}</span>}
      </div>
      <button type="button" className={styles.search} onClick={() => runCommand('shell.palette')}>
        <Search size={14} aria-hidden />
        <span>Search commands and resources</span>
        <Kbd keys="Mod+K" />
      </button>
      <div className={styles.end}>
        <ClockControls />
        <span className={styles.separator} aria-hidden />
        {(
          [
            ['shell.toggleExplorer', 'Toggle explorer', PanelLeft],
            ['shell.toggleBottom', 'Toggle panel', PanelBottom],
            ['shell.toggleInspector', 'Toggle inspector', PanelRight],
            [
              'shell.toggleTheme',
              theme === 'dark' ? 'Switch to the light theme' : 'Switch to the dark theme',
              theme === 'dark' ? Sun : Moon,
            ],
          ] as const
        ).map(([id, label, Icon]) => (
          <IconButton
            key={id}
            icon={<Icon size={16} />}
            label={label}
            shortcut={shortcutOf(id)}
            onClick={() => runCommand(id)}
          />
        ))}
      </div>
    </header>
  )
}

function Mark() {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden>
      <rect width="16" height="16" rx="3" fill="var(--accent-solid)" />
      <path
        d="M2 6q3-3 6 0t6 0M2 10.500q3-3 6 0t6 0"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="1.600"
        strokeLinecap="round"
      />
    </svg>
  )
}
