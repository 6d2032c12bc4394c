const written = (definition: object): string => JSON.stringify(definition, null, 2)

/** Machines to begin with: each runs as it is. */
export const TEMPLATES = [
  {
    value: 'choose',
    label: 'Wait and choose',
    detail: 'A wait, a choice by the input, two ends',
    text: written({
      Comment: 'Waits as long as the input says, then decides.',
      StartAt: 'Wait',
      States: {
        Wait: { Type: 'Wait', SecondsPath: '$.seconds', Next: 'Is it large?' },
        'Is it large?': {
          Type: 'Choice',
          Choices: [{ Variable: '$.amount', NumericGreaterThan: 100, Next: 'Refuse' }],
          Default: 'Accept',
        },
        Accept: { Type: 'Pass', Parameters: { accepted: true, 'amount.$': '$.amount' }, End: true },
        Refuse: { Type: 'Fail', Error: 'TooLarge', Cause: 'The amount is over 100.' },
      },
    }),
    input: written({ seconds: 3, amount: 42 }),
  },
  {
    value: 'map',
    label: 'For each item (JSONata)',
    detail: 'A map over a list, results summed up',
    text: written({
      QueryLanguage: 'JSONata',
      StartAt: 'For each order',
      States: {
        'For each order': {
          Type: 'Map',
          Items: '{% $states.input.orders %}',
          MaxConcurrency: 2,
          ItemProcessor: {
            StartAt: 'Check',
            States: {
              Check: { Type: 'Wait', Seconds: 1, Next: 'Price it' },
              'Price it': { Type: 'Pass', Output: '{% $states.input.count * $states.input.price %}', End: true },
            },
          },
          Assign: { total: '{% $sum($states.result) %}' },
          Next: 'Tell',
        },
        Tell: { Type: 'Pass', Output: { total: '{% $total %}' }, End: true },
      },
    }),
    input: written({
      orders: [
        { count: 2, price: 5 },
        { count: 1, price: 20 },
      ],
    }),
  },
] as const
