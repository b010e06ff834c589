import { OvsdbDatumError } from "./errors.ts";
import { isArray, type Json } from "./json.ts";

/** Stands for a row that the same transaction inserts under this name (RFC 7047 section 5.1). */
export interface NamedUuid {
  readonly namedUuid: string;
}

/** A reference to a row: its UUID, or the name it is inserted under. */
export type RowReference = string | NamedUuid;

/** Makes a reference to a row of the same transaction. @throws OvsdbDatumError for a name that is no identifier */
export function named(name: string): NamedUuid {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) throw new OvsdbDatumError(`not an identifier: ${JSON.stringify(name)}`);
  return { namedUuid: name };
}

/** How a column's value looks in programs (`T`; `I` where more is accepted on the way in) and on the wire. */
export interface Column<T, I = T> {
  /** Atomic, at most one value, several values, or pairs. */
  readonly shape: "atom" | "optional" | "set" | "map";
  /** Base types of the schema: of the values, or of keys and values. */
  readonly types: readonly string[];
  encode(value: I): Json;
  decode(wire: Json): T;
}

/** One atomic value. */
export interface Atom<T, I = T> extends Column<T, I> {
  readonly shape: "atom";
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const string: Atom<string> = {
  shape: "atom",
  types: ["string"],
  encode: (value) => value,
  decode(wire) {
    if (typeof wire !== "string") throw mismatch("a string", wire);
    return wire;
  },
};

/** 64-bit on the wire; beyond 2^53 - 1 refused rather than rounded. */
export const integer: Atom<number> = {
  shape: "atom",
  types: ["integer"],
  encode(value) {
    if (!Number.isSafeInteger(value)) throw mismatch("an integer", value);
    return value;
  },
  decode(wire) {
    if (typeof wire !== "number" || !Number.isSafeInteger(wire)) throw mismatch("an integer", wire);
    return wire;
  },
};

export const real: Atom<number> = {
  shape: "atom",
  types: ["real"],
  encode(value) {
    if (!Number.isFinite(value)) throw mismatch("a finite number", value);
    return value;
  },
  decode(wire) {
    if (typeof wire !== "number") throw mismatch("a number", wire);
    return wire;
  },
};

export const boolean: Atom<boolean> = {
  shape: "atom",
  types: ["boolean"],
  encode: (value) => value,
  decode(wire) {
    if (typeof wire !== "boolean") throw mismatch("a boolean", wire);
    return wire;
  },
};

/** A reference to a row; decodes to the UUID in text. */
export const uuid: Atom<string, RowReference> = {
  shape: "atom",
  types: ["uuid"],
  encode(value) {
    if (typeof value !== "string") return ["named-uuid", value.namedUuid];
    if (!UUID.test(value)) throw mismatch("a UUID", value);
    return ["uuid", value];
  },
  decode(wire) {
    const [tag, value] = isArray(wire) ? wire : [];
    if (tag !== "uuid" || typeof value !== "string") throw mismatch("a UUID", wire);
    return value;
  },
};

/** A column of at most one value. */
export function optional<T, I>(atom: Atom<T, I>): Column<T | undefined, I | undefined> {
  return {
    shape: "optional",
    types: atom.types,
    encode: (value) => (value === undefined ? ["set", []] : atom.encode(value)),
    decode(wire) {
      const elements = setElements(wire);
      if (elements.length > 1) throw mismatch("at most one value", wire);
      const [element] = elements;
      return element === undefined ? undefined : atom.decode(element);
    },
  };
}

/** A column of several values without order. */
export function set<T, I>(atom: Atom<T, I>): Column<readonly T[], readonly I[]> {
  return {
    shape: "set",
    types: atom.types,
    encode: (values) => ["set", values.map((value) => atom.encode(value))],
    decode: (wire) => setElements(wire).map((element) => atom.decode(element)),
  };
}

/** A column of pairs. */
export function map<K, V, KI, VI>(
  key: Atom<K, KI>,
  value: Atom<V, VI>,
): Column<ReadonlyMap<K, V>, ReadonlyMap<KI, VI>> {
  return {
    shape: "map",
    types: [...key.types, ...value.types],
    encode: (pairs) => ["map", Array.from(pairs, ([k, v]) => [key.encode(k), value.encode(v)])],
    decode: (wire) => new Map(mapPairs(wire).map(([k, v]) => [key.decode(k), value.decode(v)])),
  };
}

/** The elements of a set on the wire, where a set of one may be the bare value. */
export function setElements(wire: Json): readonly Json[] {
  if (isArray(wire)) {
    const [tag, elements] = wire;
    if (tag === "set" && isArray(elements)) return elements;
    if (tag !== "uuid" && tag !== "named-uuid") throw mismatch("a set", wire);
  } else if (wire === null || typeof wire === "object") {
    throw mismatch("a set", wire);
  }
  return [wire];
}

/** The pairs of a map on the wire. */
export function mapPairs(wire: Json): readonly (readonly [Json, Json])[] {
  const [tag, pairs] = isArray(wire) ? wire : [];
  if (tag !== "map" || !isArray(pairs)) throw mismatch("a map", wire);
  return pairs.map((pair) => {
    const [key, value] = isArray(pair) ? pair : [];
    if (key === undefined || value === undefined) throw mismatch("a pair", pair);
    return [key, value];
  });
}

/**
 * Applies what a `modify` of an `update2` says of one column: the new value where the column holds at most one;
 * otherwise what differs (ovsdb-server(7), section 4.1.14). `several` says whether it may hold more than one.
 *
 * The new value is a copy, since the old one is still told of; beyond that only what differs costs time, not the some
 * hundred ports of a bridge.
 */
export function applyDifference(old: Json | undefined, difference: Json, several: boolean): Json {
  if (!several || old === undefined) return difference;
  if (isArray(difference) && difference[0] === "map") {
    const changed = new Map(mapPairs(difference).map((pair) => [atomKey(pair[0]), pair]));
    const kept = mapPairs(old).filter(([key, value]) => {
      const change = changed.get(atomKey(key));
      if (change === undefined) return true;
      // The very same pair says that it goes, another one of the key what the value is now.
      if (atomKey(change[1]) === atomKey(value)) changed.delete(atomKey(key));
      return false;
    });
    return ["map", [...kept, ...changed.values()]];
  }
  const changed = new Map(setElements(difference).map((element) => [atomKey(element), element]));
  const kept = setElements(old).filter((element) => !changed.delete(atomKey(element)));
  return ["set", [...kept, ...changed.values()]];
}

/** Whether two values of a column on the wire are the same, whatever their order and notation. */
export function sameDatum(a: Json, b: Json): boolean {
  return canonical(a) === canonical(b);
}

function canonical(wire: Json): string {
  if (isArray(wire) && wire[0] === "map") {
    return `map ${mapPairs(wire)
      .map((pair) => JSON.stringify(pair))
      .sort()
      .join()}`;
  }
  return `set ${setElements(wire)
    .map((element) => JSON.stringify(element))
    .sort()
    .join()}`;
}

/** Tells atoms of one column apart, which all have the same type: a reference to a row by its UUID. */
function atomKey(atom: Json): Json | undefined {
  return isArray(atom) ? atom[1] : atom;
}

function mismatch(wanted: string, found: unknown): OvsdbDatumError {
  return new OvsdbDatumError(`wanted ${wanted}, found ${JSON.stringify(found)}`);
}
