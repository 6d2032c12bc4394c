import { Play, Save, Settings2, Trash2 } from 'lucide-react'
import { useState } from 'react'
import {
  Breadcrumbs,
  Button,
  Checkbox,
  Combobox,
  ConfirmDialog,
  ContextMenu,
  Dialog,
  Field,
  IconButton,
  Input,
  Kbd,
  Menu,
  NumberInput,
  Popover,
  PropertyList,
  SearchInput,
  Section,
  Select,
  SplitPane,
  Switch,
  TextArea,
  Toolbar,
  ToolbarSeparator,
  ToolbarSpace,
} from '../ui/index.ts'
import { Block, Line } from './Block.tsx'
import styles from './gallery.module.css'

const REGIONS = ['us-east-1', 'us-west-2', 'eu-central-1', 'eu-west-1', 'ap-southeast-2'].map((value) => ({
  value,
  label: value,
}))
const FORMATS = [
  { value: 'parquet', label: 'Parquet', detail: 'columnar' },
  { value: 'json', label: 'JSON lines' },
  { value: 'csv', label: 'CSV', disabled: true },
] as const

export function ControlsPage() {
  const [text, setText] = useState('flights')
  const [number, setNumber] = useState<number | null>(128)
  const [format, setFormat] = useState<(typeof FORMATS)[number]['value']>('parquet')
  const [region, setRegion] = useState('us-east-1')
  const [on, setOn] = useState(true)
  const [dialog, setDialog] = useState<'plain' | 'confirm' | null>(null)
  const [size, setSize] = useState(120)
  return (
    <div className={styles.grid}>
      <Block title="Button">
        <Line>
          <Button variant="primary" icon={<Play size={14} />}>
            Run
          </Button>
          <Button icon={<Save size={14} />}>Save</Button>
          <Button variant="ghost">Cancel</Button>
          <Button variant="danger" icon={<Trash2 size={14} />}>
            Delete
          </Button>
        </Line>
        <Line>
          <Button disabled>Disabled</Button>
          <Button pending>Working</Button>
          <Button size="s">Small</Button>
          <IconButton icon={<Settings2 size={16} />} label="Settings" shortcut="Mod+," />
          <IconButton icon={<Settings2 size={16} />} label="Pressed" pressed />
        </Line>
      </Block>
      <Block title="Fields">
        <Field label="Stream" required help="1 to 128 letters, digits, dots, hyphens and underscores.">
          {(ids) => <Input {...ids} value={text} onChange={setText} />}
        </Field>
        <Field label="Buffer size" error="At most 128 MiB.">
          {(ids) => <NumberInput {...ids} value={number} onChange={setNumber} unit="MiB" max={64} />}
        </Field>
        <Field label="Note">{({ id }) => <TextArea id={id} rows={2} value={text} onChange={setText} />}</Field>
        <SearchInput label="Search nodes" value={text} onChange={setText} />
      </Block>
      <Block title="Choices">
        <Field label="Format">
          {(ids) => <Select {...ids} value={format} options={FORMATS} onChange={setFormat} />}
        </Field>
        <Field label="Region">
          {(ids) => <Combobox {...ids} free value={region} options={REGIONS} onChange={setRegion} />}
        </Field>
        <Line>
          <Checkbox checked={on} onChange={setOn}>
            Keep the header
          </Checkbox>
          <Checkbox checked={!on} onChange={(next) => setOn(!next)} indeterminate label="Some" />
          <Switch checked={on} onChange={setOn} label="Quotas" />
        </Line>
        <Field label="Enforce quotas" row>
          {({ id }) => <Switch id={id} checked={on} onChange={setOn} />}
        </Field>
      </Block>
      <Block title="Menus and dialogs">
        <Line>
          <Menu
            trigger={<Button>Menu</Button>}
            items={[
              { title: 'Open', shortcut: 'Enter' },
              { title: 'Duplicate', shortcut: 'Mod+D' },
              { title: 'Snap to grid', checked: on, onSelect: () => setOn(!on) },
              'separator',
              { title: 'Export', items: [{ title: 'As PNG' }, { title: 'As CSV' }] },
              { title: 'Delete', shortcut: 'Delete', danger: true },
            ]}
          />
          <Popover trigger={<Button>Popover</Button>} title="Engines">
            <PropertyList
              items={[
                ['stream', 'ready'],
                ['olap', 'ready'],
              ]}
            />
          </Popover>
          <Button onClick={() => setDialog('plain')}>Dialog</Button>
          <Button onClick={() => setDialog('confirm')}>Confirm by name</Button>
        </Line>
        <ContextMenu
          items={[
            { title: 'Rename', shortcut: 'F2' },
            { title: 'Delete', danger: true },
          ]}
        >
          Right-click here
        </ContextMenu>
        <Line>
          <Kbd keys="Mod+K" /> <Kbd keys="Mod+Shift+P" /> <Kbd keys="Alt+ArrowDown" />
        </Line>
      </Block>
      <Block title="Toolbar, breadcrumbs, section">
        <div className={styles.framed}>
          <Toolbar label="Pipeline">
            <Button size="s" variant="primary" icon={<Play size={13} />}>
              Run
            </Button>
            <ToolbarSeparator />
            <IconButton icon={<Save size={15} />} label="Save" shortcut="Mod+S" />
            <ToolbarSpace />
            <Select quiet label="Speed" value="60" onChange={() => {}} options={[{ value: '60', label: '60×' }]} />
          </Toolbar>
          <div style={{ padding: '8px 12px' }}>
            <Breadcrumbs
              path={[
                { title: 'Streams', onOpen: () => {} },
                { title: 'flights', onOpen: () => {} },
                { title: 'shardId-000000000003' },
              ]}
            />
          </div>
          <Section title="Destination" badge={3}>
            <PropertyList
              items={[
                ['Bucket', 'flights-lake'],
                ['Format', 'Parquet'],
                ['Buffered', '4.2 MiB of 64 MiB'],
              ]}
            />
          </Section>
        </div>
      </Block>
      <Block title="Split pane">
        <div className={styles.framed}>
          <SplitPane
            label="Width"
            size={size}
            onSize={setSize}
            min={60}
            first={<p style={{ padding: 8 }}>Drag, use the arrow keys, or press Enter to fold.</p>}
            second={<p style={{ padding: 8 }}>The rest</p>}
          />
        </div>
      </Block>
      <Dialog
        open={dialog === 'plain'}
        onClose={() => setDialog(null)}
        title="Create data stream"
        description="A stream keeps records in order within a shard."
        footer={
          <>
            <Button onClick={() => setDialog(null)}>Cancel</Button>
            <Button variant="primary">Create</Button>
          </>
        }
      >
        <Field label="Name">{(ids) => <Input {...ids} value={text} onChange={setText} />}</Field>
      </Dialog>
      <ConfirmDialog
        open={dialog === 'confirm'}
        onClose={() => setDialog(null)}
        onConfirm={() => setDialog(null)}
        title="Delete stream?"
        message="Its records and consumers’ positions go with it."
        action="Delete stream"
        name="flights"
      />
    </div>
  )
}
