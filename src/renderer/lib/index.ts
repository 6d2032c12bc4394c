export { cliSnippet, envExports, profileText, pythonSnippet, sdkSnippet } from './aws.ts'
export { useClients, useConnection, useConnectionState } from './clients.tsx'
export { timeColumn, tookColumn } from './columns.tsx'
export { type Command, registerCommands, runCommand, shortcutOf, useCommands } from './commands.ts'
export { type GivenFile, givenFiles, inElectron } from './desktop.ts'
export type { Folder } from './document-names.ts'
export { folderOf, openDocument, useDocuments, useShownDocument } from './documents.ts'
export { explorerDialog } from './explorer-dialog.ts'
export { useFaults } from './faults.ts'
export { defineFeature, type Feature, type PanelDefinition, type Resource } from './feature.ts'
export { LinesField, NumberField, type Problems, pairsOf, pairsText, TextField, wordsOf, wordsText } from './fields.tsx'
export * from './format.ts'
export { Healing } from './Healing.tsx'
export { HurryButton } from './HurryButton.tsx'
export { isJson, prettyJson } from './json.ts'
export { LogView, useLogTail } from './LogTail.tsx'
export { type Loadable, loadable } from './loadable.tsx'
export { notify, notifyError, startWork } from './notify.ts'
export { openPanel } from './panel.ts'
export { giveWay } from './precedence.ts'
export { type ProblemEntry, publishProblems, usePublishProblems } from './problems.ts'
export { openRun, runName } from './runs.ts'
export { describeFields, type FieldDescription, fieldErrors, labelOf } from './schema-form/describe.ts'
export { type EditorProps, SchemaForm, type SchemaFormProps } from './schema-form/SchemaForm.tsx'
export { useChoices } from './schema-form/useChoices.ts'
export { useNow, useSystemStatus, useWallNow } from './status.tsx'
export { kindOf, type TableSourceOptions, tableColumns, useTableSource } from './tables.ts'
export { useTheme } from './theme.ts'
export { InTurn, takeTurn, useInTurns } from './turns.ts'
export { type Action, type CallState, useAction, useCall } from './useCall.ts'
export { useCanvas } from './useCanvas.ts'
export { useConfirmed } from './useConfirmed.ts'
export { type FeedState, useFeed } from './useFeed.ts'
export { useForm } from './useForm.ts'
export { useRemembered } from './useRemembered.ts'
export { useSettled } from './useSettled.ts'
export { useSize } from './useSize.ts'
export { useTimeLeft } from './useTimeLeft.ts'
export {
  closeView,
  defineView,
  Inspector,
  type OpenOptions,
  openView,
  showView,
  useDirty,
  useDirtyViews,
  useShown,
  useView,
  type ViewParams,
  type ViewProps,
  type ViewType,
  viewId,
} from './view.tsx'
