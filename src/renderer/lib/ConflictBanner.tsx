import { FileWarning } from 'lucide-react'
import { Banner, Button } from '../ui/index.ts'
import { fileName } from './document-names.ts'
import { openDocument } from './documents.ts'
import { notifyError } from './notify.ts'

/** The file changed outside while there are changes here: three ways on, none of which loses anything unasked. */
export function ConflictBanner(props: {
  path: string
  reload: () => Promise<unknown>
  /** Writes what is here to a file of its own and gives its path. */
  saveCopy: () => Promise<string>
  overwrite: () => Promise<unknown>
}) {
  const attempt = (work: () => Promise<unknown>) => () =>
    void work().catch((thrown: unknown) => notifyError('That did not work', thrown))
  const copy = async () => {
    const path = await props.saveCopy()
    await props.reload()
    openDocument(path)
  }
  return (
    <Banner
      tone="warn"
      icon={<FileWarning size={15} />}
      actions={
        <>
          <Button size="s" onClick={attempt(props.reload)}>
            Load it, lose mine
          </Button>
          <Button size="s" onClick={attempt(copy)}>
            Save mine as a copy
          </Button>
          <Button size="s" onClick={attempt(props.overwrite)}>
            Overwrite it
          </Button>
        </>
      }
    >
      {fileName(props.path)} was changed outside while you have unsaved changes.
    </Banner>
  )
}
