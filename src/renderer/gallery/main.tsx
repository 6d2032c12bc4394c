import '../styles.ts'
import { Moon, Sun } from 'lucide-react'
import { type ComponentType, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { currentTheme, setThemeChoice, startTheme, useTheme } from '../lib/theme.ts'
import { IconButton, Tabs, TooltipProvider } from '../ui/index.ts'
import { ColoursPage } from './ColoursPage.tsx'
import { ControlsPage } from './ControlsPage.tsx'
import { DataPage } from './DataPage.tsx'
import { FeedbackPage } from './FeedbackPage.tsx'
import { FormsPage } from './FormsPage.tsx'
import styles from './gallery.module.css'

const PAGES = {
  controls: { title: 'Controls', Component: ControlsPage },
  data: { title: 'Tables and trees', Component: DataPage },
  forms: { title: 'Node forms', Component: FormsPage },
  feedback: { title: 'Feedback', Component: FeedbackPage },
  colours: { title: 'Colours', Component: ColoursPage },
} satisfies Record<string, { title: string; Component: ComponentType }>
type Page = keyof typeof PAGES

/** Every component on one page, without an engine: `npm run gallery`. */
function Gallery() {
  const asked = location.hash.slice(1)
  const [page, setPage] = useState<Page>(asked in PAGES ? (asked as Page) : 'controls')
  const theme = useTheme()
  const { Component } = PAGES[page]
  return (
    <TooltipProvider>
      <div className={styles.gallery}>
        <Tabs
          label="Gallery"
          tabs={Object.entries(PAGES).map(([id, { title }]) => ({ id: id as Page, title }))}
          value={page}
          onChange={(next) => {
            setPage(next)
            location.hash = next
          }}
          actions={
            <IconButton
              icon={theme === 'dark' ? <Sun size={16} /> : <Moon size={16} />}
              label="Switch theme"
              onClick={() => setThemeChoice(currentTheme() === 'dark' ? 'light' : 'dark')}
            />
          }
        >
          <Component />
        </Tabs>
      </div>
    </TooltipProvider>
  )
}

startTheme()
createRoot(document.getElementById('root')!).render(<Gallery />)
