import { Paperclip } from 'lucide-react'
import { useEffect, useState } from 'react'
import { type GivenFile, givenFiles, inElectron } from '../lib/desktop.ts'
import styles from './Drops.module.css'
import { useLoaded } from './loaded.ts'

/** Views that take files for themselves carry `data-takes-files`. */
const isForWindow = ({ dataTransfer, target }: DragEvent) =>
  dataTransfer?.types.includes('Files') && !(target as Element).closest?.('[data-takes-files]')

/** Files that are dropped on the window. Unheard, a browser would open them in the page's place, or an editor write their text. */
export function Drops() {
  const dropped = useLoaded(({ byId }) => Object.values(byId).find((feature) => feature.dropped)?.dropped)
  const [over, setOver] = useState(false)
  const [given, setGiven] = useState<{ files: readonly GivenFile[]; folders: readonly string[] }>()
  useEffect(() => {
    const drag = (event: DragEvent) => {
      const taken = isForWindow(event) ?? false
      setOver(taken)
      if (taken) claim(event)
    }
    const claim = (event: DragEvent) => {
      event.preventDefault()
      event.stopPropagation()
    }
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent) => {
      setOver(false)
      if (!isForWindow(event)) return
      claim(event)
      const items = [...(event.dataTransfer?.items ?? [])]
      const isFolder = (item: DataTransferItem) => !inElectron() && item.webkitGetAsEntry()?.isDirectory === true
      const named = (chosen: DataTransferItem[]) => chosen.flatMap((item) => item.getAsFile() ?? [])
      const folders = named(items.filter(isFolder)).map(({ name }) => name)
      void givenFiles(named(items.filter((item) => !isFolder(item)))).then((files) => setGiven({ files, folders }))
    }
    window.addEventListener('dragover', drag, true)
    window.addEventListener('dragleave', leave)
    window.addEventListener('drop', drop, true)
    return () => {
      window.removeEventListener('dragover', drag, true)
      window.removeEventListener('dragleave', leave)
      window.removeEventListener('drop', drop, true)
    }
  }, [])
  // The feature that takes them may still be on its way.
  useEffect(() => {
    if (!given || !dropped) return
    setGiven(undefined)
    dropped(given.files, given.folders)
  }, [given, dropped])
  if (!over) return null
  return (
    <div className={styles.target}>
      <div className={styles.card}>
        <Paperclip size={20} aria-hidden />
        <strong>Drop to attach</strong>
        <span>The file becomes a table for SQL.</span>
      </div>
    </div>
  )
}
