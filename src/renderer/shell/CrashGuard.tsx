import { Component, type ReactNode } from 'react'
import { Button, ErrorView } from '../ui/index.ts'

/** Keeps a bug in one part of the window in that part. */
export class CrashGuard extends Component<{ what: string; children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <ErrorView
        title={`${this.props.what} stopped working`}
        error={{ message: error.message, code: error.name, ...(error.stack && { stack: error.stack }) }}
        advice="Nothing was lost: engines and documents are not part of this view."
        actions={
          <Button size="s" onClick={() => this.setState({ error: null })}>
            Try again
          </Button>
        }
      />
    )
  }
}
