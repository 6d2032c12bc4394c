import './styles.ts'
import { createRoot } from 'react-dom/client'
import { connect } from './client.ts'
import { startTheme } from './lib/theme.ts'
import { App } from './shell/Shell.tsx'

startTheme()
createRoot(document.getElementById('root')!).render(<App connection={connect()} />)
