/** A structural schema as a CustomResourceDefinition has it. Source: Kubernetes, "Extend the API", structural schemas. */
export interface JsonSchema {
  readonly type: "object" | "array" | "string" | "integer" | "boolean";
  readonly description?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly nullable?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly "x-kubernetes-preserve-unknown-fields"?: true;
}

/** The shape of a type to the last optional member: an object with a member more, or one optional, is another shape. */
type Shape<T> = T extends readonly (infer I)[]
  ? readonly Shape<I>[]
  : T extends object
    ? { readonly [K in keyof T]-?: readonly [Shape<T[K]>, object extends Pick<T, K> ? "optional" : "required"] }
    : T;

/**
 * A schema, and the TypeScript type of what it accepts. A schema fits `Schema<T>` only if it accepts exactly T, so that
 * types and definitions cannot differ. The members that carry the type are never there.
 */
export interface Schema<T> {
  readonly json: JsonSchema;
  readonly type?: T;
  readonly shape?: (value: Shape<T>) => Shape<T>;
}

/** A member that may be left out. */
export interface Optional<T> {
  readonly optional: Schema<T>;
}

/** The type that a schema accepts. */
export type TypeOf<S> = S extends { readonly type?: infer T } ? T : never;

type Anything = { readonly json: JsonSchema };
type Members = Readonly<Record<string, Anything | { readonly optional: Anything }>>;
type MayMiss = { readonly optional: Anything };
type Flat<T> = { readonly [K in keyof T]: T[K] };
type ObjectOf<M> = Flat<
  { readonly [K in keyof M as M[K] extends MayMiss ? never : K]: TypeOf<M[K]> } & {
    readonly [K in keyof M as M[K] extends MayMiss ? K : never]?: M[K] extends { readonly optional: infer S }
      ? TypeOf<S>
      : never;
  }
>;

/** A string; `pattern` is a regular expression of RE2 that JavaScript knows too. */
export const text = (limits: { min?: number; max?: number; pattern?: string } = {}): Schema<string> => ({
  json: {
    type: "string",
    ...(limits.min === undefined ? {} : { minLength: limits.min }),
    ...(limits.max === undefined ? {} : { maxLength: limits.max }),
    ...(limits.pattern === undefined ? {} : { pattern: limits.pattern }),
  },
});

/** One of some words. */
export const oneOf = <const W extends string>(...words: readonly W[]): Schema<W> => ({
  json: { type: "string", enum: words },
});

export const flag: Schema<boolean> = { json: { type: "boolean" } };

/** A whole number. */
export const integer = (minimum: number, maximum: number): Schema<number> => ({
  json: { type: "integer", minimum, maximum },
});

/** A list of at most `max` items. */
export const listOf = <T>(items: Schema<T>, max: number, min = 0): Schema<readonly T[]> => ({
  json: { type: "array", ...(min === 0 ? {} : { minItems: min }), maxItems: max, items: items.json },
});

/** A map from open keys, e.g. labels. */
export const mapOf = <T>(values: Schema<T>): Schema<Readonly<Record<string, T>>> => ({
  json: { type: "object", additionalProperties: values.json },
});

/** An object whose members the API server neither knows nor prunes. */
export const anything = <T>(): Schema<T> => ({
  json: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
});

/** A member that may be left out. */
export const optional = <T>(schema: Schema<T>): Optional<T> => ({ optional: schema });

/** An object with these members and no others. */
export function object<const M extends Members>(members: M): Schema<ObjectOf<M>> {
  const entries = Object.entries<Anything | MayMiss>(members);
  const required = entries.filter(([, member]) => "json" in member).map(([name]) => name);
  const properties = entries.map(([name, member]) => [name, "json" in member ? member.json : member.optional.json]);
  return {
    json: {
      type: "object",
      ...(required.length === 0 ? {} : { required }),
      properties: Object.fromEntries(properties) as Readonly<Record<string, JsonSchema>>,
    },
  };
}

/** The same schema with what `kubectl explain` says of it. */
export const explained = <T>(description: string, schema: Schema<T>): Schema<T> => ({
  json: { ...schema.json, description },
});

/** An id of OpenStack: Keystone's have no dashes. */
export const uuid = text({ pattern: "^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$" });
/** An IPv4 or IPv6 address. */
export const address = text({ min: 1, max: 45 });
/** A prefix, e.g. `10.0.0.0/24`. */
export const prefix = text({ min: 1, max: 49 });
