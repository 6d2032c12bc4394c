export { Button, type ButtonProps, Buttons, IconButton, type IconButtonProps } from './Button.tsx'
export { cx } from './cx.ts'
export {
  type CellValue,
  type ColumnKind,
  type DataColumn,
  DataTable,
  type DataTableProps,
  EMPTY_LAYOUT,
  type InsertInto,
  type PagedSource,
  type Sort,
  type TableLayout,
} from './DataTable.tsx'
export { ConfirmDialog, Dialog } from './Dialog.tsx'
export { Fact, Facts } from './Facts.tsx'
export { FormDialog } from './FormDialog.tsx'
export { Field, FieldRow, Input, type InputProps, NumberInput, SearchInput, TextArea } from './Input.tsx'
export { Kbd, shortcutText } from './Kbd.tsx'
export { ContextMenu, Menu, type MenuItem, PointMenu } from './Menu.tsx'
export { NameDialog } from './NameDialog.tsx'
export { Banner, Copied, CopyButton, EmptyState, ErrorView, type ShownError } from './Notice.tsx'
export { Pane } from './Pane.tsx'
export { Popover } from './Popover.tsx'
export { Progress } from './Progress.tsx'
export { type Segment, Segmented } from './Segmented.tsx'
export { Combobox, type Option, Select } from './Select.tsx'
export { Sparkline } from './Sparkline.tsx'
export { Loading, Spinner } from './Spinner.tsx'
export { SplitPane } from './SplitPane.tsx'
export { Badge, StateDot, type StateShape, shapeOf, type Tone } from './State.tsx'
export { Breadcrumbs, Page, PropertyList, Section } from './Structure.tsx'
export { type Tab, Tabs } from './Tabs.tsx'
export { Tile } from './Tile.tsx'
export { Checkbox, Switch } from './Toggle.tsx'
export { Toolbar, ToolbarSeparator, ToolbarSpace } from './Toolbar.tsx'
export { Tooltip, TooltipProvider } from './Tooltip.tsx'
export { Tree, type TreeNode, type TreeProps } from './Tree.tsx'
export { TreeSection } from './TreeSection.tsx'
export { saveFile } from './table/export.ts'
export { parseTerms } from './table/filter.ts'
export { displayCell, unzoned } from './table/format.ts'
export { toCsv, toTsv } from './table/model.ts'
export { Verbatim } from './Verbatim.tsx'
