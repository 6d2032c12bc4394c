import type { ComponentType } from 'react'
import type { Clients } from '../../engines/contract.ts'
import type { Command } from './commands.ts'
import type { GivenFile } from './desktop.ts'
import type { ViewParams, ViewType } from './view.tsx'

/** A tab of the bottom panel. */
export interface PanelDefinition {
  readonly id: string
  readonly title: string
  readonly icon?: ComponentType<{ size?: number }>
  readonly Component: ComponentType
}

/** Something the command palette finds and opens. */
export interface Resource {
  readonly id: string
  readonly title: string
  readonly detail?: string
  readonly icon?: ComponentType<{ size?: number }>
  /** The tab that shows it. */
  readonly view: { readonly type: string; readonly params: ViewParams }
}

/** What a folder of `features` gives to the shell. Its name, icon and place in the activity bar stand in `shell/features.ts`. */
export interface Feature {
  readonly id: string
  /** Drawn in the explorer at the left. Without one, the activity opens its `home` view. */
  readonly Explorer?: ComponentType
  /** Over the explorer, where the feature's own title does not fit. */
  readonly explorerTitle?: string
  /** The view that clicking the activity opens when the feature has no explorer, or none of its tabs is open. */
  readonly home?: string
  readonly views: readonly ViewType[]
  readonly panels?: readonly PanelDefinition[]
  /** Commands that are there whatever tab is open. Those of a tab come from `useCommands` in its component. */
  readonly commands?: (clients: Clients) => readonly Command[]
  /** Files that a person drops on the window, where no view takes them; `folders` are names of what a browser does not hand over. */
  readonly dropped?: (files: readonly GivenFile[], folders: readonly string[]) => void
  /** For the palette: the feature's resources. Asked when the palette opens. */
  readonly resources?: (clients: Clients, signal: AbortSignal) => Promise<readonly Resource[]>
}

export function defineFeature(feature: Feature): Feature {
  return feature
}
