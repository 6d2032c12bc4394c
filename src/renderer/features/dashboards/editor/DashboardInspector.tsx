import type { Dashboard, Sheet } from '../../../../engines/bi/dashboard.ts'
import { Inspector } from '../../../lib/index.ts'
import { PropertyList, Section } from '../../../ui/index.ts'

export function DashboardInspector({ document }: { document: Dashboard; sheet: Sheet; onClose: () => void }) {
  return (
    <Inspector>
      <Section title="Dashboard">
        <PropertyList items={[['Name', document.name]]} />
      </Section>
    </Inspector>
  )
}
