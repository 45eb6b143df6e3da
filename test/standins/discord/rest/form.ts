import { isObject, type JsonObject } from '../json.ts'
import { isSnowflake } from '../snowflake.ts'
import { failure } from './errors.ts'

/**
 * Reads a request body and collects what is wrong with it, as Discord does: all faults at once, in a tree by field
 * whose leaves are `{ _errors: [{ code, message }] }`.
 */
export class Form {
  readonly #path: readonly (string | number)[]
  readonly #faults: JsonObject
  readonly #values: JsonObject

  private constructor(values: JsonObject, path: readonly (string | number)[], faults: JsonObject) {
    this.#values = values
    this.#path = path
    this.#faults = faults
  }

  static of(body: unknown): Form {
    const faults: JsonObject = {}
    const form = new Form(isObject(body) ? body : {}, [], faults)
    if (body !== undefined && body !== null && !isObject(body))
      form.fault('', 'DICT_TYPE_CONVERT', 'Only dictionaries may be used in a DictType')
    return form
  }

  /** Throws 50035 when anything was wrong; `below` takes the tree of one field, for bodies that are a bare list. */
  check(below?: string): void {
    if (Object.keys(this.#faults).length === 0) return
    const tree = below === undefined ? this.#faults : this.#faults[below]
    throw failure.invalidForm(isObject(tree) ? tree : this.#faults)
  }

  has(field: string): boolean {
    return this.#values[field] !== undefined
  }

  raw(field: string): unknown {
    return this.#values[field]
  }

  values(): JsonObject {
    return this.#values
  }

  /** Records a fault of a field; an empty field name means the form itself. */
  fault(field: string | number, code: string, message: string): void {
    let node = this.#faults
    const path = field === '' ? this.#path : [...this.#path, field]
    for (const part of path) {
      const next = node[part]
      const child: JsonObject = isObject(next) ? next : {}
      node[part] = child
      node = child
    }
    const list = Array.isArray(node._errors) ? node._errors : []
    node._errors = [...list, { code, message }]
  }

  required(field: string): boolean {
    if (this.#values[field] !== undefined && this.#values[field] !== null) return true
    this.#missing(field)
    return false
  }

  /** Text within its length, or undefined when absent, null or faulty. */
  text(field: string, limit: { min?: number; max: number; required?: boolean; pattern?: RegExp }): string | undefined {
    const value = this.#values[field]
    if (value === undefined || value === null) {
      if (limit.required) this.required(field)
      return undefined
    }
    if (typeof value !== 'string' && typeof value !== 'number') {
      this.fault(field, 'STRING_TYPE_CONVERT', `Could not interpret "${JSON.stringify(value)}" as string.`)
      return undefined
    }
    const text = String(value)
    const length = [...text].length
    const min = limit.min ?? 0
    if (min > 0 && text === '' && limit.required) this.#missing(field)
    else if (length < min || (length > limit.max && min > 0))
      this.fault(field, 'BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${limit.max} in length.`)
    else if (length > limit.max) this.fault(field, 'BASE_TYPE_MAX_LENGTH', `Must be ${limit.max} or fewer in length.`)
    else if (limit.pattern && !limit.pattern.test(text))
      this.fault(field, 'STRING_TYPE_REGEX', 'String value did not match validation regex.')
    else return text
    return undefined
  }

  integer(field: string, limit: { min?: number; max?: number; required?: boolean } = {}): number | undefined {
    const value = this.number(field, limit)
    if (value !== undefined && !Number.isInteger(value)) {
      this.fault(field, 'NUMBER_TYPE_COERCE', `Value "${value}" is not int.`)
      return undefined
    }
    return value
  }

  number(field: string, limit: { min?: number; max?: number; required?: boolean } = {}): number | undefined {
    const value = this.#values[field]
    if (value === undefined || value === null) {
      if (limit.required) this.required(field)
      return undefined
    }
    if (typeof value !== 'number') {
      this.fault(field, 'NUMBER_TYPE_COERCE', `Value "${JSON.stringify(value)}" is not a number.`)
      return undefined
    }
    if (limit.min !== undefined && value < limit.min) {
      this.fault(field, 'NUMBER_TYPE_MIN', `Value should be greater than or equal to ${limit.min}.`)
      return undefined
    }
    if (limit.max !== undefined && value > limit.max) {
      this.fault(field, 'NUMBER_TYPE_MAX', `Value should be less than or equal to ${limit.max}.`)
      return undefined
    }
    return value
  }

  boolean(field: string): boolean | undefined {
    const value = this.#values[field]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'boolean') return value
    this.fault(field, 'BOOLEAN_TYPE_CONVERT', 'Must be either true or false.')
    return undefined
  }

  snowflake(field: string, required = false): string | undefined {
    const value = this.#values[field]
    if (value === undefined || value === null) {
      if (required) this.required(field)
      return undefined
    }
    if (typeof value === 'string' && isSnowflake(value)) return value
    this.fault(field, 'NUMBER_TYPE_COERCE', `Value "${String(value)}" is not snowflake.`)
    return undefined
  }

  /** A permission set: decimal digits in a string, never a JSON number above 2^53. */
  bits(field: string): bigint | undefined {
    const value = this.#values[field]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string' && /^[0-9]{1,20}$/.test(value)) return BigInt(value)
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
    this.fault(field, 'NUMBER_TYPE_COERCE', `Value "${String(value)}" is not int.`)
    return undefined
  }

  oneOf<const T extends string | number>(field: string, choices: readonly T[], required = false): T | undefined {
    const value = this.#values[field]
    if (value === undefined || value === null) {
      if (required) this.required(field)
      return undefined
    }
    const choice = choices.find((one) => one === value)
    if (choice === undefined) this.fault(field, 'BASE_TYPE_CHOICES', `Value must be one of {${choices.join(', ')}}.`)
    return choice
  }

  /** The items of a list of objects, each as a form of its own; empty when absent. */
  list(field: string, limit: { min?: number; max: number; required?: boolean }): Form[] {
    const value = this.#items(field, limit)
    return value.flatMap((item, index) => {
      const path = [...this.#path, field, index]
      if (isObject(item)) return new Form(item, path, this.#faults)
      new Form({}, path, this.#faults).fault('', 'DICT_TYPE_CONVERT', 'Only dictionaries may be used in a DictType')
      return []
    })
  }

  strings(field: string, limit: { min?: number; max: number; required?: boolean }): string[] {
    const value = this.#items(field, limit)
    const strings = value.filter((item) => typeof item === 'string')
    if (strings.length !== value.length)
      this.fault(field, 'STRING_TYPE_CONVERT', 'Could not interpret the items as strings.')
    return strings
  }

  nested(field: string): Form | undefined {
    const value = this.#values[field]
    if (value === undefined || value === null) return undefined
    if (isObject(value)) return new Form(value, [...this.#path, field], this.#faults)
    this.fault(field, 'DICT_TYPE_CONVERT', 'Only dictionaries may be used in a DictType')
    return undefined
  }

  #missing(field: string): void {
    this.fault(field, 'BASE_TYPE_REQUIRED', 'This field is required')
  }

  #items(field: string, limit: { min?: number; max: number; required?: boolean }): unknown[] {
    const value = this.#values[field]
    if (value === undefined || value === null) {
      if (limit.required) this.required(field)
      return []
    }
    if (!Array.isArray(value)) {
      this.fault(field, 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType')
      return []
    }
    const min = limit.min ?? 0
    if (value.length < min || value.length > limit.max) {
      this.fault(field, 'BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${limit.max} in length.`)
      return []
    }
    return value
  }
}
