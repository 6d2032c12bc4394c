import type { ReactNode } from 'react'
import { formatTime, formatUtc, Inspector, shortId } from '../../lib/index.ts'
import { Copied, CopyButton, PropertyList, Section, Verbatim } from '../../ui/index.ts'

/** What is chosen in a list, in the inspector: its facts, its text, and what AWS calls it. */
export function Chosen({
  title,
  facts,
  textTitle,
  text,
  arn,
  cli,
}: {
  title: string
  facts: readonly (readonly [string, ReactNode] | false)[]
  textTitle?: string
  /** JSON. */
  text?: string | undefined
  arn?: string
  cli?: string
}) {
  return (
    <Inspector>
      <Section title={title}>
        <PropertyList items={[...facts]} />
      </Section>
      {text !== undefined && (
        <Section title={textTitle ?? 'JSON'} actions={<CopyButton quiet text={text} />}>
          <Verbatim>{text}</Verbatim>
        </Section>
      )}
      {arn !== undefined && (
        <Section title="In AWS terms">
          <PropertyList
            items={[
              [
                'ARN',
                <Copied key="arn" text={arn} label="Copy ARN">
                  {shortId(arn)}
                </Copied>,
              ],
            ]}
          />
          {cli !== undefined && <Verbatim>{cli}</Verbatim>}
        </Section>
      )}
    </Inspector>
  )
}

export const moment = (ms: number, zone?: string) => (
  <span key={ms} title={formatUtc(ms)}>
    {formatTime(ms, { date: true, ...(zone !== undefined && { zone }) })}
  </span>
)
