import { type ComponentType, type ReactNode, startTransition, useEffect, useState } from 'react'
import { Loading } from '../ui/index.ts'

export interface Loadable<P> {
  (props: P & { fallback?: ReactNode }): ReactNode
  /** Has the code at hand before it is drawn. */
  load(): Promise<void>
}

/**
 * A component whose code comes as a chunk of its own when it is first drawn; `fallback` stands in its place until then. What has been loaded
 * is drawn at once: React's `lazy` shows its fallback even then, and once one was shown keeps it for 300 ms.
 */
export function loadable<P extends object>(fetch: () => Promise<ComponentType<P>>): Loadable<P> {
  let loaded: ComponentType<P> | undefined
  const load = async () => {
    loaded = await fetch()
  }
  function Part({ fallback = <Loading />, ...props }: P & { fallback?: ReactNode }) {
    const [Content, setContent] = useState(() => loaded)
    const [failure, setFailure] = useState<{ thrown: unknown } | null>(null)
    useEffect(() => {
      if (Content) return
      let gone = false
      load().then(
        // In slices, as all that arrives by itself.
        () => gone || startTransition(() => setContent(() => loaded)),
        (thrown: unknown) => gone || setFailure({ thrown }),
      )
      return () => {
        gone = true
      }
    }, [Content])
    if (failure) throw failure.thrown
    return Content ? <Content {...(props as unknown as P)} /> : fallback
  }
  return Object.assign(Part, { load })
}
