import type { QueryLanguage, StateType } from './types.ts'

const COMMON = ['Type', 'Comment', 'QueryLanguage']
const NEXT = ['Next', 'End']
const PATHS = ['InputPath', 'OutputPath']
const RESULT = ['ResultPath', 'ResultSelector', 'Parameters']
const ERRORS = ['Retry', 'Catch']

/** Fields of a type of state, beside those of its query language (Amazon States Language, "State types"). */
const FIELDS: Readonly<Record<StateType, readonly string[]>> = {
  Task: [...NEXT, ...ERRORS, 'Assign', 'Resource', 'Credentials', 'TimeoutSeconds', 'HeartbeatSeconds'],
  Pass: [...NEXT, 'Assign'],
  Choice: ['Choices', 'Default', 'Assign'],
  Wait: [...NEXT, 'Assign', 'Seconds', 'Timestamp'],
  Succeed: [],
  Fail: ['Error', 'Cause'],
  Parallel: [...NEXT, ...ERRORS, 'Assign', 'Branches'],
  Map: [
    ...[...NEXT, ...ERRORS, 'Assign', 'ItemProcessor', 'Iterator', 'ItemSelector', 'MaxConcurrency', 'Label'],
    ...['ItemReader', 'ItemBatcher', 'ResultWriter', 'ToleratedFailurePercentage', 'ToleratedFailureCount'],
  ],
}

const PATH_FIELDS: Readonly<Record<StateType, readonly string[]>> = {
  Task: [...PATHS, ...RESULT, 'TimeoutSecondsPath', 'HeartbeatSecondsPath'],
  Pass: [...PATHS, 'ResultPath', 'Parameters', 'Result'],
  Choice: PATHS,
  Wait: [...PATHS, 'SecondsPath', 'TimestampPath'],
  Succeed: PATHS,
  Fail: ['ErrorPath', 'CausePath'],
  Parallel: [...PATHS, ...RESULT],
  Map: [
    ...[...PATHS, ...RESULT, 'ItemsPath', 'MaxConcurrencyPath'],
    ...['ToleratedFailurePercentagePath', 'ToleratedFailureCountPath'],
  ],
}

const JSONATA_FIELDS: Readonly<Record<StateType, readonly string[]>> = {
  Task: ['Arguments', 'Output'],
  Pass: ['Output'],
  Choice: ['Output'],
  Wait: ['Output'],
  Succeed: ['Output'],
  Fail: [],
  Parallel: ['Arguments', 'Output'],
  Map: ['Items', 'Output'],
}

/** Of a distributed Map alone. */
export const DISTRIBUTED = [
  'Label',
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'ToleratedFailurePercentage',
  'ToleratedFailurePercentagePath',
  'ToleratedFailureCount',
  'ToleratedFailureCountPath',
]

export const REQUIRED: Readonly<Record<StateType, readonly string[]>> = {
  Task: ['Resource'],
  Pass: [],
  Choice: ['Choices'],
  Wait: [],
  Succeed: [],
  Fail: [],
  Parallel: ['Branches'],
  Map: [],
}

export const fieldsOf = (type: StateType, language: QueryLanguage): readonly string[] => [
  ...COMMON,
  ...FIELDS[type],
  ...(language === 'JSONata' ? JSONATA_FIELDS : PATH_FIELDS)[type],
]

/** Reference paths: they lead to one place, where something can be put. */
export const REFERENCE_PATHS = ['ResultPath']
export const READ_PATHS = [
  'InputPath',
  'OutputPath',
  'ItemsPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'SecondsPath',
  'TimestampPath',
  'MaxConcurrencyPath',
  'ToleratedFailurePercentagePath',
  'ToleratedFailureCountPath',
]
export const TEMPLATES = ['Parameters', 'ResultSelector', 'ItemSelector', 'Assign']
