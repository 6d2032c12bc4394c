import { Block } from './Block.tsx'
import styles from './gallery.module.css'

const SURFACES = ['frame', 'panel', 'page', 'raised', 'input', 'hover', 'pressed', 'selected']
const TEXTS = ['text', 'text-2', 'text-3', 'accent', 'green', 'amber', 'red']
const RAMPS = { Categorical: ['cat', 1, 10], Sequential: ['seq', 0, 8], Diverging: ['div', 0, 8] } as const

/** Every role on every surface, for eyes and for the contrast test. */
export function ColoursPage() {
  return (
    <div className={styles.grid}>
      {Object.entries(RAMPS).map(([title, [name, from, to]]) => (
        <Block key={title} title={title}>
          <div className={styles.swatches}>
            {Array.from({ length: to - from + 1 }, (_, index) => `--${name}-${from + index}`).map((token) => (
              <div key={token} className={styles.swatch} title={token} style={{ background: `var(${token})` }} />
            ))}
          </div>
        </Block>
      ))}
      {SURFACES.map((surface) => (
        <Block key={surface} title={`--${surface}`}>
          <div className={styles.roles} style={{ background: `var(--${surface})` }}>
            {TEXTS.map((text) => (
              <span key={text} style={{ color: `var(--${text})` }}>
                {text}
              </span>
            ))}
          </div>
        </Block>
      ))}
    </div>
  )
}
