import { createContext, useContext } from 'react'
import type { WorkspaceInfo } from '../../engines/workspace/contract.ts'

export const WorkspaceContext = createContext<{ info: WorkspaceInfo | undefined; reload: () => void }>({
  info: undefined,
  reload: () => {},
})

export function useWorkspace() {
  return useContext(WorkspaceContext)
}
