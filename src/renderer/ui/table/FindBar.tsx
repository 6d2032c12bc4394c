import { ArrowDown, ArrowUp, X } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '../Button.tsx'
import styles from '../DataTable.module.css'
import { SearchInput } from '../Input.tsx'
import { Spinner } from '../Spinner.tsx'

/** Looks for a word in all rows, from cell to cell. */
export function FindBar(props: {
  label: string
  /** Goes to the next cell with the word; false where none has it. */
  onFind: (word: string, backwards: boolean) => Promise<boolean>
  onClose: () => void
}) {
  const [word, setWord] = useState('')
  const [state, setState] = useState<'idle' | 'looking' | 'none'>('idle')
  const go = async (backwards: boolean) => {
    if (word === '' || state === 'looking') return
    setState('looking')
    try {
      setState((await props.onFind(word, backwards)) ? 'idle' : 'none')
    } catch {
      setState('none')
    }
  }
  return (
    <search className={styles.find}>
      <SearchInput
        autoFocus
        label={`Find in ${props.label}`}
        placeholder="Find in all rows"
        value={word}
        onChange={(next) => {
          setWord(next)
          setState('idle')
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') void go(event.shiftKey)
          else if (event.key === 'Escape') props.onClose()
          else return
          event.preventDefault()
          event.stopPropagation()
        }}
      />
      <IconButton icon={<ArrowUp size={14} />} label="Previous" shortcut="Shift+Enter" onClick={() => void go(true)} />
      <IconButton icon={<ArrowDown size={14} />} label="Next" shortcut="Enter" onClick={() => void go(false)} />
      <span role="status" className={styles.found}>
        {state === 'none' ? 'No cell has it' : ''}
        {state === 'looking' && <Spinner size={12} />}
      </span>
      <IconButton icon={<X size={14} />} label="Close find" shortcut="Escape" onClick={props.onClose} />
    </search>
  )
}
