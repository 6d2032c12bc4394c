import { Checkbox, Field } from '../../../ui/index.ts'
import styles from '../catalog.module.css'

/** Any of a few, in their own order. */
export function Choices<V extends string>({
  label,
  error,
  options,
  chosen,
  onChange,
}: {
  label: string
  error: string | undefined
  options: readonly V[]
  chosen: readonly V[]
  onChange: (chosen: V[]) => void
}) {
  return (
    <Field label={label} error={error}>
      {() => (
        <div className={styles.options}>
          {options.map((option) => (
            <Checkbox
              key={option}
              checked={chosen.includes(option)}
              onChange={(on) => onChange(options.filter((each) => (each === option ? on : chosen.includes(each))))}
            >
              {option}
            </Checkbox>
          ))}
        </div>
      )}
    </Field>
  )
}
