import { Inbox, Lock } from 'lucide-react'
import {
  Badge,
  Banner,
  Button,
  EmptyState,
  ErrorView,
  Progress,
  Sparkline,
  Spinner,
  StateDot,
  shapeOf,
} from '../ui/index.ts'
import { Block, Line } from './Block.tsx'
import styles from './gallery.module.css'

const STATES = ['waiting', 'starting', 'running', 'draining', 'paused', 'succeeded', 'stopped', 'failed', 'warning']
const WAVE = Array.from({ length: 60 }, (_, index) => 40 + 30 * Math.sin(index / 5) + ((index * 37) % 11))

export function FeedbackPage() {
  return (
    <div className={styles.grid}>
      <Block title="States">
        <Line>
          {STATES.map((state) => (
            <StateDot key={state} state={shapeOf(state)} text={state} />
          ))}
        </Line>
        <Line>
          <Badge>neutral</Badge>
          <Badge tone="accent">accent</Badge>
          <Badge tone="good">good</Badge>
          <Badge tone="warn">warn</Badge>
          <Badge tone="bad">bad</Badge>
        </Line>
      </Block>
      <Block title="Progress">
        <Progress value={0.42} label="Loading flights" timeLeft="12 s left" onCancel={() => {}} />
        <Progress value={null} label="Counting rows" />
        <Spinner label="Opening the workspace…" immediate />
      </Block>
      <Block title="Sparkline">
        <Line>
          <Sparkline values={WAVE} label="Records a second" />
          <Sparkline values={WAVE} label="Bytes a second" color="var(--cat-2)" width={160} height={32} />
        </Line>
      </Block>
      <Block title="Error">
        <ErrorView
          title="The query did not run"
          error={{
            code: 'SYNTAX_ERROR',
            message: "line 3:8: mismatched input 'FORM'. Expecting: 'FROM'",
            at: { file: 'queries/delays.sql', line: 3, column: 8 },
          }}
          advice="Correct the word and run again."
          actions={<Button size="s">Show in editor</Button>}
        />
      </Block>
      <Block title="Empty state">
        <div className={styles.framed}>
          <EmptyState
            icon={<Inbox size={24} />}
            title="No data streams"
            actions={<Button variant="primary">Create a stream</Button>}
          >
            A stream keeps records in order for as long as you say, for many readers at once.
          </EmptyState>
        </div>
      </Block>
      <Block title="Banners">
        <Banner icon={<Lock size={16} />}>Neutral: something to know.</Banner>
        <Banner tone="accent">Accent: this workspace can be looked at, not changed.</Banner>
        <Banner tone="warn" actions={<Button size="s">Trust</Button>}>
          Warning: this workspace runs nothing of its own.
        </Banner>
        <Banner tone="bad">Bad: Millrace does not answer.</Banner>
      </Block>
    </div>
  )
}
